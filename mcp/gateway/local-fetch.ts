import { Agent, fetch } from 'undici';

/**
 * A `fetch` of this machine for event streams that are silent for hours: it has no time limits of its own, and no
 * cookies or credentials. The caller closes it.
 */
export function createLocalFetch(): { readonly fetch: typeof globalThis.fetch; close(): Promise<void> } {
  const agent = new Agent({ bodyTimeout: 0, headersTimeout: 0, connect: { timeout: 30_000 } });
  const localFetch = (input: unknown, init?: unknown): unknown =>
    fetch(input as Parameters<typeof fetch>[0], { ...(init as Parameters<typeof fetch>[1]), dispatcher: agent });
  // The library's types and the platform's name the same things.
  return { fetch: localFetch as typeof globalThis.fetch, close: () => agent.destroy() };
}
