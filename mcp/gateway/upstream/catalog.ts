import type { Limits } from '@exec-server/protocol';
import { editObject, joinObject } from '../wire/json-text.js';
import type { Entry, ListKind } from './listing.js';
import { UpstreamStartError } from './start-error.js';
import type { Upstream } from './upstream.js';

/** An entry as callers see it, and whose it is. */
export interface VisibleEntry {
  readonly upstream: Upstream;
  /** Name, URI or template that callers use. */
  readonly key: string;
  /** The same as the upstream knows it. */
  readonly originalKey: string;
  /** JSON text of the definition, with the name that callers use. */
  readonly text: string;
}

const namePattern = /^[A-Za-z0-9_.-]{1,128}$/;

/** Tools or prompts of an upstream as callers would see them, filtered and with the prefix. @throws UpstreamStartError 400 for a name that a prefix makes impossible */
export function toVisible(upstream: Upstream, kind: ListKind, entries: readonly Entry[]): VisibleEntry[] {
  const { toolPrefix, enabledTools, disabledTools } = upstream.config;
  const isFiltered = kind === 'tools';
  const isPrefixed = toolPrefix !== '' && (kind === 'tools' || kind === 'prompts');
  const passing = entries.filter(({ key }) => !isFiltered || ((enabledTools?.includes(key) ?? true) && !disabledTools.includes(key)));
  return passing.map(({ key, text }) => {
    if (!isPrefixed) return { upstream, key, originalKey: key, text };
    const visible = `${toolPrefix}${key}`;
    if (!namePattern.test(visible))
      throw new UpstreamStartError(
        400,
        'bad_prefix',
        `the prefix ${toolPrefix} makes the name ${visible}, which does not match ${namePattern.source}`,
      );
    return { upstream, key: visible, originalKey: key, text: editObject(text, { name: JSON.stringify(visible) }) };
  });
}

/** Entries of all upstreams as one list: the first who has a name keeps it. */
export class Catalog {
  readonly #entries = new Map<string, VisibleEntry>();
  readonly #hidden = new Map<Upstream, string[]>();
  readonly #pages = new Map<number, { text: string; next: string | null }>();
  readonly #order: readonly VisibleEntry[];
  readonly #kind: ListKind;
  readonly #limits: Limits;

  /** @param entries in the order of registration */
  constructor(kind: ListKind, entries: Iterable<VisibleEntry>, limits: Limits) {
    this.#kind = kind;
    this.#limits = limits;
    for (const entry of entries) {
      if (!this.#entries.has(entry.key)) this.#entries.set(entry.key, entry);
      else this.#hidden.set(entry.upstream, [...this.hiddenOf(entry.upstream), entry.key]);
    }
    this.#order = [...this.#entries.values()];
  }

  /** Who has this name. */
  find(key: string): VisibleEntry | undefined {
    return this.#entries.get(key);
  }

  get entries(): readonly VisibleEntry[] {
    return this.#order;
  }

  /** Whether callers see the same, in the same order. */
  equals({ entries }: Catalog): boolean {
    return (
      entries.length === this.#order.length &&
      this.#order.every(({ key, text }, at) => key === entries[at]?.key && text === entries[at]?.text)
    );
  }

  visibleOf(upstream: Upstream): string[] {
    return this.#order.filter((entry) => entry.upstream === upstream).map(({ key }) => key);
  }

  /** Names of an upstream that belong to somebody else. */
  hiddenOf(upstream: Upstream): readonly string[] {
    return this.#hidden.get(upstream) ?? [];
  }

  /**
   * One page as members of a result: the list, and `nextCursor` when more follows. A cursor names the entry it stands
   * behind, so that it holds when others come and go. Null for a cursor that does not hold any more.
   */
  page(cursor: string | undefined, member: string): [string, string][] | null {
    const from = cursor === undefined ? 0 : this.#indexAfter(cursor);
    if (from === null) return null;
    let page = this.#pages.get(from);
    if (!page) {
      const end = from + this.#limits.mcpPageEntries;
      const entries = this.#order.slice(from, end);
      const last = entries.at(-1);
      const next =
        end < this.#order.length && last ? Buffer.from(joinObject([[this.#kind, JSON.stringify(last.key)]])).toString('base64url') : null;
      page = { text: `[${entries.map(({ text }) => text).join(',')}]`, next };
      this.#pages.set(from, page);
    }
    const members: [string, string][] = [[member, page.text]];
    return page.next === null ? members : [...members, ['nextCursor', JSON.stringify(page.next)]];
  }

  #indexAfter(cursor: string): number | null {
    try {
      const place = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as Readonly<Record<string, unknown>>;
      const index = this.#order.findIndex(({ key }) => key === place[this.#kind]);
      return index < 0 ? null : index + 1;
    } catch {
      return null;
    }
  }
}
