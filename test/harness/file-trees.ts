import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { sha256 } from './byte-streams.js';

/** Everything below a directory, one line each, sorted: path, what it is, and the hash of its content. Names byte by byte. */
export function describeTree(directory: string | Buffer): string[] {
  const root = Buffer.from(directory as string);
  return listTree(root)
    .map((path) => `${path.subarray(root.length + 1).toString('latin1')} ${describe(path)}`)
    .toSorted();
}

function listTree(directory: Buffer): Buffer[] {
  return readdirSync(directory, { encoding: 'buffer' }).flatMap((name) => {
    const path = Buffer.concat([directory, Buffer.from('/'), name]);
    return lstatSync(path).isDirectory() ? [path, ...listTree(path)] : [path];
  });
}

function describe(path: Buffer): string {
  const stats = lstatSync(path);
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return `-> ${readlinkSync(path)}`;
  return stats.isFile() ? `file ${sha256(readFileSync(path)).slice(0, 12)}` : 'special';
}

/** Whether small file systems can be made here. */
export const canMount = process.platform === 'linux' && process.getuid?.() === 0 && tryMount();

/** A file system of so many bytes, gone when the block is left. */
export class SmallDisk implements Disposable {
  readonly path: string;

  /** @param path of a directory that is made for it */
  constructor(path: string, bytes: number) {
    this.path = path;
    mkdirSync(path);
    runScript('mount -t tmpfs -o size="$1" exec-server-test "$0"', path, String(bytes));
  }

  [Symbol.dispose](): void {
    runScript('umount -l "$0"', this.path);
  }
}

function runScript(script: string, ...args: readonly string[]): void {
  execFileSync('sh', ['-c', script, ...args], { stdio: 'ignore' });
}

/** In a namespace of its own, where nobody sees it. */
function tryMount(): boolean {
  try {
    runScript('unshare -m mount -t tmpfs exec-server-test "$0"', '/tmp');
    return true;
  } catch {
    return false;
  }
}
