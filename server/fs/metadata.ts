import type { BigIntStats } from 'node:fs';
import { lstat, realpath, stat } from 'node:fs/promises';
import { type FsGetMetadataResult, RpcError } from '@exec-server/protocol';
import { type BytePath, toSystem } from './file-path.js';
import { inDirectory } from './open-directory.js';

/** What a path leads to; `isSymlink` is about the path itself. */
export async function getMetadata(path: BytePath, followSymlinks: boolean): Promise<FsGetMetadataResult> {
  const place = toSystem(path);
  if (followSymlinks) {
    const [target, self] = await Promise.all([stat(place, { bigint: true }), lstat(place)]);
    return describe(target, self.isSymbolicLink());
  }
  const self = await inDirectory(path, false, (directory, name) => lstat(directory.at(name), { bigint: true }));
  if (self.isSymbolicLink()) throw new RpcError('symbolicLink', 'path contains a symbolic link');
  return describe(self, false);
}

/** The real path of something that exists. */
export async function canonicalize(path: BytePath): Promise<BytePath> {
  return realpath(toSystem(path), { encoding: 'latin1' });
}

function describe(stats: BigIntStats, isSymlink: boolean): FsGetMetadataResult {
  return {
    isDirectory: stats.isDirectory(),
    isFile: stats.isFile(),
    isSymlink,
    size: Number(stats.size),
    createdAtMs: toMs(stats.birthtimeNs),
    modifiedAtMs: toMs(stats.mtimeNs),
  };
}

/** 0 for what is not known, or was before the epoch (base). */
function toMs(nanoseconds: bigint): number {
  return nanoseconds > 0n ? Number(nanoseconds / 1_000_000n) : 0;
}
