import type { Stats } from 'node:fs';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { limits } from '@exec-server/protocol';
import { quoteName } from '../quoted-name.js';
import { type FileTree, type Found, lookAtAll, type Unreadable } from './file-tree.js';

/** Files of this machine. Paths are bytes: names need not be UTF-8. */
export class LocalTree implements FileTree<Buffer> {
  label(path: Buffer): string {
    return quoteName(path.toString());
  }

  child(directory: Buffer, name: Buffer): Buffer {
    return Buffer.concat([directory, Buffer.from(endsWithSlash(directory) ? '' : '/'), name]);
  }

  nameOf(path: Buffer): Buffer | null {
    const text = path.toString('latin1').replaceAll(process.platform === 'win32' ? '\\' : '/', '/');
    const name = text.replace(/\/+$/, '').split('/').at(-1) ?? '';
    return name === '' || name === '.' || name === '..' ? null : Buffer.from(name, 'latin1');
  }

  async find(path: Buffer): Promise<Found<Buffer> | null> {
    try {
      return toFound(path, this.nameOf(path) ?? Buffer.alloc(0), await stat(path), false);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }

  async list(directory: Buffer): Promise<readonly (Found<Buffer> | Unreadable<Buffer>)[]> {
    const entries = await readdir(directory, { withFileTypes: true, encoding: 'buffer' });
    return lookAtAll(
      entries,
      limits.looksInFlight,
      ({ name }) => this.child(directory, name),
      async (entry, path) => toFound(path, entry.name, await stat(path), entry.isSymbolicLink()),
    );
  }

  async identify({ ref }: Found<Buffer>): Promise<string> {
    const { dev, ino } = await stat(ref, { bigint: true });
    return `${dev}:${ino}`;
  }

  async makeDirectory(path: Buffer): Promise<void> {
    try {
      await mkdir(path);
    } catch (error) {
      const isThere = (error as NodeJS.ErrnoException).code === 'EEXIST' && (await stat(path)).isDirectory();
      if (!isThere) throw error;
    }
  }
}

function toFound(ref: Buffer, name: Buffer, stats: Stats, isLink: boolean): Found<Buffer> {
  const kind = stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : 'other';
  return { ref, name, kind, size: kind === 'file' ? stats.size : 0, isLink };
}

function endsWithSlash(path: Buffer): boolean {
  return path.at(-1) === 0x2f;
}
