import { Readable, Writable } from 'node:stream';
import type { ExecClient } from '../exec-client.js';
import type { BlockWriterOptions } from '../fs/block-writer.js';
import type { ReadStreamOptions } from '../fs/fs-options.js';
import type { FsPath } from '../fs/remote-path.js';

export interface NodeReadStreamOptions extends ReadStreamOptions {
  /** Text instead of buffers. */
  readonly encoding?: BufferEncoding | undefined;
}

/**
 * A file of the server as a stream of Node, with `start` and `end` as in `node:fs`. The file is opened when the first bytes
 * are asked for; destroying the stream closes it.
 */
export function createReadStream(client: ExecClient, path: FsPath, { encoding, ...options }: NodeReadStreamOptions = {}): Readable {
  return Readable.fromWeb(client.fs.createReadStream(path, options), encoding === undefined ? {} : { encoding });
}

/** Creates a file on the server, or replaces its content, as a stream of Node. `finish` comes when the server has everything. */
export function createWriteStream(client: ExecClient, path: FsPath, options: BlockWriterOptions = {}): Writable {
  return Writable.fromWeb(client.fs.createWriteStream(path, options));
}
