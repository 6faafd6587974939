import { RpcError } from '@exec-server/protocol';
import { Answer, type Call, type CheckedParams, type Handler, type Handlers } from '../handler.js';
import { refuseSandbox } from '../restrictions.js';
import type { RoomShare } from './answer-room.js';
import { type ConnectionFiles, unknownHandle } from './connection-files.js';
import { copy } from './copy.js';
import { createDirectory } from './create-directory.js';
import { toFileError } from './file-error.js';
import { fromUri, toUri } from './file-path.js';
import { canonicalize, getMetadata } from './metadata.js';
import type { Condition } from './missing-watch.js';
import { readDirectory } from './read-directory.js';
import { readFile } from './read-file.js';
import { openToRead, openToReplace, openToUpdate } from './regular-file.js';
import { remove } from './remove.js';
import { rename } from './rename.js';
import { checkWalk, Walk } from './walk.js';
import { writeFile } from './write-file.js';

/** What an entry of a walk takes in its answer, about. */
const entryBytes = 128;
/** What the answer about most directories takes. */
const smallDirectoryBytes = 64 * 1024;

/** What the file family works on. */
export interface FsScope {
  readonly files: ConnectionFiles;
}

type Names =
  | 'fs/readFile'
  | 'fs/writeFile'
  | 'fs/createDirectory'
  | 'fs/getMetadata'
  | 'fs/canonicalize'
  | 'fs/readDirectory'
  | 'fs/walk'
  | 'fs/remove'
  | 'fs/copy'
  | 'fs/rename'
  | 'fs/open'
  | 'fs/readBlock'
  | 'fs/writeBlock'
  | 'fs/close'
  | 'fs/watchMissing'
  | 'fs/watch'
  | 'fs/unwatch';

export const fsHandlers: Handlers<Names, FsScope> = {
  'fs/readFile': files((params, call) => readFile(params, call)),
  'fs/writeFile': files(async (params, call) => {
    await call.work(() => writeFile(params));
    return {};
  }),
  'fs/createDirectory': files(async ({ path, recursive, followSymlinks }, call) => {
    const options = { recursive: recursive ?? true, followSymlinks: followSymlinks ?? true };
    await call.work(() => createDirectory(fromUri(path), options));
    return {};
  }),
  'fs/getMetadata': files(({ path, followSymlinks }, call) => call.work(() => getMetadata(fromUri(path), followSymlinks ?? true))),
  'fs/canonicalize': files(async ({ path }, call) => ({ path: toUri(await call.work(() => canonicalize(fromUri(path)))) })),
  'fs/readDirectory': files(async ({ path }, call) => {
    const share = shareOf(call);
    await share.cover(smallDirectoryBytes);
    const json = await call.work(() => readDirectory(fromUri(path), share, call.scope.files.host.limits));
    return new Answer(() => json);
  }),
  'fs/walk': files(async ({ path: uri, options }, call) => {
    const { host } = call.scope.files;
    checkWalk(options, host.limits);
    const path = fromUri(uri);
    const share = shareOf(call);
    await share.cover(options.maxEntries * entryBytes);
    const json = await call.work(() => new Walk(options, host.limits, call.signal).run(path));
    return new Answer(() => json);
  }),
  'fs/remove': files(async ({ path, recursive, force, followSymlinks }, call) => {
    if (followSymlinks === false && recursive !== false) throw new RpcError('fileFailed', 'recursive no-follow removal is unsupported');
    const options = {
      recursive: recursive ?? true,
      force: force ?? true,
      followSymlinks: followSymlinks ?? true,
      signal: call.signal,
    };
    await call.work(() => remove(fromUri(path), options));
    return {};
  }),
  'fs/copy': files(async ({ sourcePath, destinationPath, recursive }, call) => {
    const { signal } = call;
    await call.work(() => copy(fromUri(sourcePath), fromUri(destinationPath), { recursive, signal }));
    return {};
  }),
  'fs/rename': files(async ({ from, to, overwrite }, call) => {
    await call.work(() => rename(fromUri(from), fromUri(to), overwrite ?? true));
    return {};
  }),
  'fs/open': files(async ({ handleId, path: uri, mode }, call) => {
    const path = fromUri(uri);
    const open = { read: openToRead, replace: openToReplace, update: openToUpdate }[mode];
    await call.scope.files.open(handleId, () => call.work(async () => (await open(path)).handle));
    return { handleId };
  }),
  'fs/readBlock': files(({ handleId, offset, len }, call) => {
    checkBlock('read', len, call);
    return call.scope.files.use(handleId, async (file) => {
      const share = shareOf(call);
      const { buffers } = call.scope.files.host;
      const buffer = buffers.take(len);
      const filled = await file.read(offset, buffer.content(len), async (task) => {
        await share.cover(len);
        return call.work(task);
      });
      if (filled === null) throw unknownHandle(handleId);
      const piece = buffer.encode('{"chunk":"', len, filled, `","eof":${filled < len}}`);
      return new Answer(
        () => [piece],
        () => buffers.give(buffer),
      );
    });
  }),
  'fs/writeBlock': files(({ handleId, offset, chunk }, call) => {
    checkBlock('write', chunk.length, call);
    return call.scope.files.use(handleId, async (file) => {
      if (!(await file.write(offset, chunk, (task) => call.work(task)))) throw unknownHandle(handleId);
      return {};
    });
  }),
  'fs/close': files(async ({ handleId }, { scope }) => {
    await scope.files.closeFile(handleId);
    return {};
  }),
  'fs/watchMissing': files(async ({ watchId, missing, present }, call) => {
    const { watches, host } = call.scope.files;
    const condition = toCondition(missing, present ?? null, host.limits.watchMissingPaths);
    const begin = await watches.watchMissing(watchId, condition, (task) => call.work(task));
    if (begin) call.afterReply(begin);
    return { watching: begin !== null };
  }),
  'fs/watch': files(async ({ watchId, path: uri, recursive }, call) => {
    const path = fromUri(uri);
    const begin = await call.scope.files.watches.watch({ watchId, path, recursive: recursive ?? false }, (task) => call.work(task));
    call.afterReply(begin);
    return {};
  }),
  'fs/unwatch': files(({ watchId }, { scope }) => {
    scope.files.watches.unwatch(watchId);
    return {};
  }),
};

/** Room for the answer, until it is out. */
function shareOf(call: Call<FsScope>): RoomShare {
  const share = call.scope.files.room.share();
  call.afterReply(() => share.release());
  return share;
}

/** A handler that refuses sandboxes, and whose errors of the system become errors of the wire. */
function files<Name extends Names>(handler: Handler<Name, FsScope>): Handler<Name, FsScope> {
  return async (params: CheckedParams<Name>, call) => {
    if ('sandbox' in params) refuseSandbox(params.sandbox);
    try {
      return await handler(params, call);
    } catch (error) {
      throw toFileError(error);
    }
  };
}

/** Null when nobody here could watch it: too much, nothing, or somewhere else. */
function toCondition(missing: readonly URL[], present: URL | null, most: number): Condition | null {
  if (missing.length === 0 || missing.length > most) return null;
  try {
    return { missing: missing.map(fromUri), present: present && fromUri(present) };
  } catch (error) {
    if (error instanceof RpcError && error.reason === 'notLocal') return null;
    throw error;
  }
}

/** @throws RpcError `fileRefused` for a length no block may have */
function checkBlock(direction: 'read' | 'write', length: number, { scope }: Call<FsScope>): void {
  const most = scope.files.host.limits.fileBlockBytes;
  if (length < 1 || length > most) throw new RpcError('fileRefused', `file ${direction} block length must be between 1 and ${most}`);
}
