import type { IncomingMessage } from 'node:http';

/** Headers that say who is meant and who asks: of two of them it cannot be told which one counts. */
const singular = ['host', 'authorization'];

/**
 * Brings the target of a request into its usual form: one that is a whole URL becomes a path, and its host that of the
 * request, whatever the header says (RFC 9112, 3.2.2).
 * @returns what is wrong with the head; null when nothing is
 */
export function normalizeTarget(request: IncomingMessage): string | null {
  for (const name of singular) if (countHeader(request, name) > 1) return `several \`${name}\` headers`;
  const { url = '/' } = request;
  if (!/^https?:\/\//i.test(url)) return null;
  if (!URL.canParse(url)) return 'the target is no URL';
  const { host, pathname, search } = new URL(url);
  request.url = `${pathname}${search}`;
  request.headers.host = host;
  return null;
}

function countHeader({ rawHeaders }: IncomingMessage, name: string): number {
  return rawHeaders.filter((text, at) => at % 2 === 0 && text.toLowerCase() === name).length;
}
