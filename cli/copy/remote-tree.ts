import type { ExecClient, FileStats } from '@exec-server/client';
import { limits, toNativePath } from '@exec-server/protocol';
import { quoteName } from '../quoted-name.js';
import { fromSegment, isName, toSegment } from './file-names.js';
import { type FileTree, type Found, lookAtAll, type Unreadable } from './file-tree.js';
import { tryAgain } from './try-again.js';

/** Files of the server, by their file URIs. */
export class RemoteTree implements FileTree<string> {
  readonly #client: ExecClient;
  readonly #options: { readonly signal: AbortSignal };

  /** @param signal ends every request */
  constructor(client: ExecClient, signal: AbortSignal) {
    this.#client = client;
    this.#options = { signal };
  }

  label(uri: string): string {
    return `remote:${quoteName(toNativePath(new URL(uri), 'posix') ?? uri)}`;
  }

  child(directory: string, name: Buffer): string {
    return `${directory.replace(/\/$/, '')}/${toSegment(name)}`;
  }

  nameOf(uri: string): Buffer | null {
    const segment = new URL(uri).pathname.replace(/\/+$/, '').split('/').at(-1) ?? '';
    return segment === '' ? null : fromSegment(segment);
  }

  async find(uri: string): Promise<Found<string> | null> {
    try {
      return toFound(uri, this.nameOf(uri) ?? Buffer.alloc(0), await this.#client.fs.stat(new URL(uri), this.#options));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }

  async list(directory: string): Promise<readonly (Found<string> | Unreadable<string>)[]> {
    const names = (await this.#client.fs.readdir(new URL(directory), this.#options)).map((name) => Buffer.from(name));
    return lookAtAll(
      names,
      limits.looksInFlight,
      (name) => this.child(directory, name),
      async (name, uri) => {
        if (!isName(name, process.platform)) throw new Error('the name cannot be used here');
        return toFound(uri, name, await this.#client.fs.stat(new URL(uri), this.#options));
      },
    );
  }

  /** The real path; of what is no link it follows from that of its directory. */
  async identify({ ref, name, isLink }: Found<string>, parent: string | null): Promise<string> {
    if (parent !== null && !isLink) return this.child(parent, name);
    const { pathname } = await this.#client.fs.realpath(new URL(ref), { ...this.#options, asUrl: true });
    // Servers differ in what they escape.
    const names = pathname.split('/').filter((segment) => segment !== '');
    return names.map((segment) => `/${toSegment(fromSegment(segment))}`).join('');
  }

  async makeDirectory(uri: string): Promise<void> {
    try {
      await tryAgain(this.#client, () => this.#client.fs.mkdir(new URL(uri), this.#options));
    } catch (error) {
      const isThere = (error as NodeJS.ErrnoException).code === 'EEXIST' && (await this.find(uri))?.kind === 'directory';
      if (!isThere) throw error;
    }
  }
}

function toFound(ref: string, name: Buffer, stats: FileStats): Found<string> {
  const kind = stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : 'other';
  return { ref, name, kind, size: kind === 'file' ? stats.size : 0, isLink: stats.isSymlink };
}
