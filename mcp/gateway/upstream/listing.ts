import type { Limits } from '@exec-server/protocol';
import { joinObject, splitArray, splitObject, stringOf } from '../wire/json-text.js';
import type { Outcome } from './peer.js';

/** What an upstream lists: method, member of the result, and what names an entry. */
export const listKinds = {
  tools: { method: 'tools/list', member: 'tools', key: 'name', capability: 'tools', changed: 'notifications/tools/list_changed' },
  prompts: { method: 'prompts/list', member: 'prompts', key: 'name', capability: 'prompts', changed: 'notifications/prompts/list_changed' },
  resources: {
    method: 'resources/list',
    member: 'resources',
    key: 'uri',
    capability: 'resources',
    changed: 'notifications/resources/list_changed',
  },
  templates: {
    method: 'resources/templates/list',
    member: 'resourceTemplates',
    key: 'uriTemplate',
    capability: 'resources',
    changed: 'notifications/resources/list_changed',
  },
} as const;
export type ListKind = keyof typeof listKinds;

/** An entry of a list: what names it, and its JSON text as it came. */
export interface Entry {
  readonly key: string;
  readonly text: string;
}

/** A list could not be had. */
class ListingError extends Error {
  override readonly name = 'ListingError';
}

/**
 * Fetches a whole list, page by page. Of several entries with one name the first is kept.
 * @param ask sends the request for one page
 * @param warn told of entries that are left out
 * @throws ListingError for an error answer, a result that is no list, a cursor seen before, too many pages or entries
 */
export async function fetchList(
  kind: ListKind,
  {
    ask,
    warn,
    limits,
  }: { readonly ask: (params: string) => Promise<Outcome>; readonly warn: (problem: string) => void; readonly limits: Limits },
): Promise<Entry[]> {
  const { method } = listKinds[kind];
  const entries = new Map<string, Entry>();
  const cursors = new Set<string>();
  let cursor: string | undefined;
  let count = 0;
  for (let pages = 0; ; pages++) {
    if (pages >= limits.mcpUpstreamListPages) throw new ListingError(`${method} has more than ${limits.mcpUpstreamListPages} pages`);
    const outcome = await ask(cursor === undefined ? '{}' : joinObject([['cursor', JSON.stringify(cursor)]]));
    if ('error' in outcome) throw new ListingError(`${method} failed: ${describeError(outcome.error)}`);
    const page = readPage(kind, outcome.result);
    count += page.entries.length;
    if (count > limits.mcpListEntries) throw new ListingError(`${method} has more than ${limits.mcpListEntries} entries`);
    for (const text of page.entries) keep(text, kind, entries, warn);
    cursor = page.nextCursor;
    if (cursor === undefined) return [...entries.values()];
    if (cursors.has(cursor)) throw new ListingError(`${method} gave a cursor a second time`);
    cursors.add(cursor);
  }
}

/** The message of an error object, and its code. @param error JSON text */
export function describeError(error: string): string {
  const members = splitObject(error);
  return `${stringOf(members.get('message')) ?? 'no message'} (code ${members.get('code') ?? 'unknown'})`;
}

function readPage(kind: ListKind, result: string): { entries: string[]; nextCursor: string | undefined } {
  const { method, member } = listKinds[kind];
  try {
    const members = splitObject(result);
    return { entries: splitArray(members.get(member) ?? ''), nextCursor: stringOf(members.get('nextCursor')) };
  } catch {
    throw new ListingError(`the answer to ${method} has no array \`${member}\``);
  }
}

function keep(text: string, kind: ListKind, entries: Map<string, Entry>, warn: (problem: string) => void): void {
  const { key: member } = listKinds[kind];
  let key: string | undefined;
  try {
    key = stringOf(splitObject(text).get(member));
  } catch {
    key = undefined; // no object
  }
  if (key === undefined) warn(`an entry of ${kind} without a \`${member}\` is left out`);
  else if (entries.has(key)) warn(`a second entry of ${kind} called ${key} is left out`);
  else entries.set(key, { key, text });
}
