import { RpcError } from '@exec-server/protocol';
import type { Script } from './scripted-server.js';

/** A directory in memory: names with what they are. A link is the URI it leads to, from the root. */
export interface Tree {
  readonly [name: string]: Tree | 'file' | 'special' | 'unreadable' | { readonly link: string };
}

type Node = Tree[string];
type Item = { readonly uri: string; readonly name: string; readonly node: Node };

const missing = (): RpcError => new RpcError({ code: -32004, message: 'No such file or directory (os error 2)' });
const denied = (): RpcError => new RpcError({ code: -32603, message: 'Permission denied (os error 13)' });

/** Serves a tree as the base protocol has it, at `file:///`, with fewer entries in an answer than asked for. */
export class ScriptedTree {
  readonly #root: Tree;
  readonly #mostEntries: number;

  constructor(root: Tree, mostEntries: number) {
    this.#root = root;
    this.#mostEntries = mostEntries;
  }

  get script(): Script {
    return {
      'fs/walk': ({ path, options }) => this.#walk(path, options.maxDepth, options),
      'fs/readDirectory': ({ path }) => {
        const entries = this.#children(path).map(({ uri, name }) => ({ name, kind: this.#kindOf(this.#resolve(uri)) }));
        return {
          entries: entries.map(({ name, kind }) => ({ fileName: name, isFile: kind === 'file', isDirectory: kind === 'directory' })),
        };
      },
      'fs/getMetadata': ({ path }) => {
        const kind = this.#kindOf(this.#resolve(path));
        const isSymlink = isLink(this.#find(path));
        return { isFile: kind === 'file', isDirectory: kind === 'directory', isSymlink, size: 0, createdAtMs: 0, modifiedAtMs: 0 };
      },
      'fs/canonicalize': ({ path }) => ({ path: this.#real(path) }),
    };
  }

  #walk(
    root: string,
    maxDepth: number,
    how: { readonly followDirectorySymlinks: boolean; readonly pruneHiddenDirectories?: boolean | undefined },
  ) {
    const entries: { path: string; kind: 'file' | 'directory' }[] = [];
    const errors: { path: string; message: string }[] = [];
    const queue = [{ uri: root, depth: 0 }];
    const entered = new Set([this.#real(root)]);
    this.#children(root); // that of the root is the error of the request
    for (let next = queue.shift(); next; next = queue.shift()) {
      for (const { uri, name, node } of this.#readable(next.uri, errors)) {
        const kind = this.#kindOf(this.#resolve(uri));
        if (kind === 'other' || (isLink(node) && !(kind === 'directory' && how.followDirectorySymlinks))) continue;
        if (entries.length === this.#mostEntries) return { entries, errors, truncated: true };
        entries.push({ path: uri, kind });
        const isPruned = how.pruneHiddenDirectories === true && name.startsWith('.');
        if (kind !== 'directory' || isPruned || next.depth === maxDepth || entered.has(this.#real(uri))) continue;
        entered.add(this.#real(uri));
        queue.push({ uri, depth: next.depth + 1 });
      }
    }
    return { entries, errors, truncated: false };
  }

  #readable(uri: string, errors: { path: string; message: string }[]): readonly Item[] {
    try {
      return this.#children(uri);
    } catch (error) {
      errors.push({ path: uri, message: (error as Error).message });
      return [];
    }
  }

  /** In the order of the bytes of their names. */
  #children(uri: string): readonly Item[] {
    const directory = this.#resolve(uri);
    if (directory === 'unreadable') throw denied();
    if (this.#kindOf(directory) !== 'directory') throw missing();
    return Object.entries(directory as Tree)
      .map(([name, node]) => ({ uri: `${uri.replace(/\/$/, '')}/${encodeURIComponent(name)}`, name, node }))
      .toSorted((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  }

  #kindOf(node: Node): 'file' | 'directory' | 'other' {
    if (node === 'file') return 'file';
    return node === 'unreadable' || typeof node === 'object' ? 'directory' : 'other';
  }

  #find(uri: string): Node {
    let node: Node = this.#root;
    for (const segment of segmentsOf(uri)) {
      const directory: Node = isLink(node) ? this.#resolve(node.link) : node;
      const child: Node | undefined = typeof directory === 'object' ? (directory as Tree)[decodeURIComponent(segment)] : undefined;
      if (child === undefined) throw missing();
      node = child;
    }
    return node;
  }

  #resolve(uri: string): Node {
    const node = this.#find(uri);
    return isLink(node) ? this.#resolve(node.link) : node;
  }

  #real(uri: string): string {
    let real = 'file:///';
    for (const segment of segmentsOf(uri)) {
      const next = `${real.replace(/\/$/, '')}/${segment}`;
      const node = this.#find(next);
      real = isLink(node) ? this.#real(node.link) : next;
    }
    return real;
  }
}

function segmentsOf(uri: string): readonly string[] {
  return new URL(uri).pathname.split('/').filter((segment) => segment !== '');
}

function isLink(node: Node): node is { readonly link: string } {
  return typeof node === 'object' && typeof (node as { link?: unknown }).link === 'string';
}
