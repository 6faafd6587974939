import type { FsGetMetadataResult, Notifications } from '@exec-server/protocol';
import type { SessionClient } from '../session/session-client.js';
import type { BlockWriterOptions } from './block-writer.js';
import { FileHandles } from './file-handles.js';
import { FileRequests, type Place } from './file-requests.js';
import { DirectoryEntry, FileStats } from './file-stats.js';
import { createReadStream, createWriteStream, type StreamedFile } from './file-streams.js';
import { type FileWatch, FileWatches } from './file-watches.js';
import { FileChangedError, FsError } from './fs-error.js';
import type {
  CpOptions,
  FileContent,
  FsCallOptions,
  MkdirOptions,
  ReaddirOptions,
  ReadFileOptions,
  ReadStreamOptions,
  RealpathOptions,
  RenameOptions,
  RmOptions,
  WalkEntry,
  WatchOptions,
} from './fs-options.js';
import { type FsPath, toUri } from './remote-path.js';
import { Walk, type WalkOptions } from './walk.js';
import { readWhole, writeWhole } from './whole-file.js';

/**
 * Files of the server's machine, under the names of `node:fs/promises` where the meaning is the same. Failures of the
 * file system are `FsError`s with Node's codes. Requests that only read are repeated when the line breaks before their
 * answer; those that change something are not, and fail with `OutcomeUnknownError`.
 */
export class FsClient {
  readonly #requests: FileRequests;
  readonly #handles: FileHandles;
  readonly #watches: FileWatches;

  constructor(session: SessionClient) {
    this.#requests = new FileRequests(session);
    this.#handles = new FileHandles(session);
    this.#watches = new FileWatches(this.#requests);
  }

  /** The file URI that requests name a path by. @throws InvalidPathError */
  toUrl(path: FsPath): URL {
    return new URL(toUri(path, this.#requests.session.environment));
  }

  /** The whole content, as bytes, or as text with `encoding`. Of any size: larger files are read in blocks. */
  readFile(path: FsPath, options: 'utf8' | (FsCallOptions & { readonly encoding: 'utf8' })): Promise<string>;
  readFile(path: FsPath, options?: FsCallOptions & { readonly encoding?: undefined }): Promise<Uint8Array>;
  async readFile(path: FsPath, options: 'utf8' | ReadFileOptions = {}): Promise<string | Uint8Array> {
    const { encoding, signal }: ReadFileOptions = options === 'utf8' ? { encoding: options } : options;
    const place = this.#requests.place('open', path);
    const onChanged = whenChanged(place);
    const bytes = await this.#guardFile(place, () => readWhole(this.#handles, place.uri, { signal, onChanged }));
    return encoding === undefined ? bytes : new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  }

  /**
   * Creates a file or replaces its content; that is not one step: readers may see a part. Content above 4 MiB, and what
   * comes piece by piece, is written in blocks.
   */
  async writeFile(path: FsPath, content: FileContent, options: FsCallOptions = {}): Promise<void> {
    const place = this.#requests.place('open', path);
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    await this.#guardFile(place, () => writeWhole(this.#handles, place.uri, bytes, options));
  }

  /** Makes a directory; with `recursive` also what is missing above it, and one that is there is fine. */
  async mkdir(path: FsPath, { recursive = false, ...options }: MkdirOptions = {}): Promise<void> {
    const place = this.#requests.place('mkdir', path);
    await this.#requests.call('fs/createDirectory', { path: place.uri, recursive }, place, options);
  }

  /** What the path leads to. Links are followed; there is no `lstat`, as the wire tells nothing of a link itself. */
  async stat(path: FsPath, options: FsCallOptions = {}): Promise<FileStats> {
    const place = this.#requests.place('stat', path);
    return new FileStats(await this.#requests.call('fs/getMetadata', { path: place.uri }, place, options));
  }

  /** Names in a directory, hidden ones too, in no order. What servers do not list: links that lead nowhere. */
  readdir(path: FsPath, options: FsCallOptions & { readonly withFileTypes: true }): Promise<DirectoryEntry[]>;
  readdir(path: FsPath, options?: FsCallOptions & { readonly withFileTypes?: false | undefined }): Promise<string[]>;
  async readdir(path: FsPath, { withFileTypes = false, ...options }: ReaddirOptions = {}): Promise<string[] | DirectoryEntry[]> {
    const place = this.#requests.place('scandir', path);
    const { entries } = await this.#requests.call('fs/readDirectory', { path: place.uri }, place, options);
    return withFileTypes ? entries.map((entry) => new DirectoryEntry(entry, place.action.path)) : entries.map(({ fileName }) => fileName);
  }

  /** Removes a file or a link, never what a link leads to; with `recursive` a directory with all it contains. */
  async rm(path: FsPath, { recursive = false, force = false, ...options }: RmOptions = {}): Promise<void> {
    const place = this.#requests.place('rm', path);
    if (!recursive) await this.#refuseDirectory(place, options);
    await this.#requests.call('fs/remove', { path: place.uri, recursive, force }, place, options);
  }

  /**
   * Copies on the server: a file over another, a link as a link, and with `recursive` a directory into another. Permission
   * bits go with the content. Pipes and devices in a directory are left out.
   */
  async cp(from: FsPath, to: FsPath, { recursive = false, ...options }: CpOptions = {}): Promise<void> {
    const source = this.#requests.place('cp', from, to);
    const destination = this.#requests.place('cp', to);
    await this.#refuseSame(source, destination, options);
    const params = { sourcePath: source.uri, destinationPath: destination.uri, recursive };
    await this.#requests.call('fs/copy', params, source, options);
  }

  /** Gives something another path, replacing a file there; in one step on one file system. @throws UnsupportedByServerError */
  async rename(from: FsPath, to: FsPath, { overwrite = true, ...options }: RenameOptions = {}): Promise<void> {
    this.#requests.session.require('fsRename', 'renaming files');
    const source = this.#requests.place('rename', from, to);
    const params = { from: source.uri, to: this.#requests.place('rename', to).uri, ...(overwrite ? {} : { overwrite }) };
    await this.#requests.call('fs/rename', params, source, options);
  }

  /**
   * The path without links, `.` and `..`.
   * @throws FsError `EILSEQ` when it is no UTF-8: `asUrl` gives it then too
   */
  realpath(path: FsPath, options: FsCallOptions & { readonly asUrl: true }): Promise<URL>;
  realpath(path: FsPath, options?: FsCallOptions & { readonly asUrl?: false | undefined }): Promise<string>;
  async realpath(path: FsPath, { asUrl = false, ...options }: RealpathOptions = {}): Promise<string | URL> {
    const place = this.#requests.place('realpath', path);
    const real = await this.#requests.call('fs/canonicalize', { path: place.uri }, place, options);
    if (asUrl) return new URL(real.path);
    const name = this.#requests.nameOf(real.path);
    if (name.path === name.uri) throw new FsError('EILSEQ', 'the real path is no UTF-8', place.action);
    return name.path;
  }

  /**
   * Files and directories below a directory, however many; links to files, pipes and devices are left out. What cannot be
   * read is an entry of kind `error`, and the walk goes on.
   */
  async *walk(path: FsPath, options: WalkOptions = {}): AsyncGenerator<WalkEntry, void> {
    const place = this.#requests.place('walk', path);
    const entries = new Walk(this.#requests.session, options).run(place.uri, options.maxDepth ?? Infinity);
    for (;;) {
      const { value: entry } = await this.#requests.guard(place, () => entries.next());
      if (!entry) return;
      yield { ...entry, ...this.#requests.nameOf(entry.uri) };
    }
  }

  /**
   * Changes of a file, or in a directory. Resolves when the server watches; reading it to the end of the loop, `close` or
   * the signal ends it. When the line was broken, or the reader slow, `resync` says that changes may be missing.
   * @throws UnsupportedByServerError
   */
  async watch(path: FsPath, options: WatchOptions = {}): Promise<FileWatch> {
    this.#requests.session.require('fsWatch', 'watching files');
    return this.#watches.start(this.#requests.place('watch', path), options);
  }

  /** The bytes of a file, from `start` to `end`, both included; it is opened when the first is read. Cancelling closes it. */
  createReadStream(path: FsPath, { start = 0, end = Infinity, signal }: ReadStreamOptions = {}): ReadableStream<Uint8Array> {
    const place = this.#requests.place('open', path);
    return createReadStream(this.#streamed(place), { from: start, to: end + 1, signal, onChanged: whenChanged(place) });
  }

  /**
   * Creates a file, or replaces its content, with what is written. When the line breaks it fails with `OutcomeUnknownError`:
   * the handle is lost with the line, and opening the file for writing once more would empty it.
   * @throws UnsupportedByServerError
   */
  createWriteStream(path: FsPath, options: BlockWriterOptions = {}): WritableStream<Uint8Array> {
    this.#requests.session.require('fileWriteStreaming', 'writing files in blocks');
    return createWriteStream(this.#streamed(this.#requests.place('open', path)), options);
  }

  // For the exec client

  notification<Name extends keyof Notifications>(method: Name, params: Notifications[Name]): void {
    if (method === 'fs/changed') this.#watches.changed(params as Notifications['fs/changed']);
  }

  resumed(): void {
    this.#watches.resumed();
  }

  ended(error: Error): void {
    this.#watches.ended(error);
  }

  #streamed(place: Place): StreamedFile {
    return { handles: this.#handles, uri: place.uri, toError: (error) => this.#explain(error, place) };
  }

  async #guardFile<Result>(place: Place, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      throw await this.#explain(error, place);
    }
  }

  /** A base server says of everything but a regular file only that it is none; of a directory Node says more. */
  async #explain(error: unknown, place: Place): Promise<unknown> {
    const explained = this.#requests.toError(error, place);
    const isVague = explained instanceof FsError && explained.code === 'EINVAL';
    return isVague && (await this.#look(place, {}))?.isDirectory ? isDirectory(place) : explained;
  }

  /** A base server removes an empty directory where Node refuses. */
  async #refuseDirectory(place: Place, options: FsCallOptions): Promise<void> {
    const found = await this.#look(place, options);
    if (found?.isDirectory && !found.isSymlink) throw isDirectory(place);
  }

  /** What is there; null when that cannot be seen. */
  #look(place: Place, options: FsCallOptions): Promise<FsGetMetadataResult | null> {
    return this.#requests.call('fs/getMetadata', { path: place.uri }, place, options).catch(ignoreFsError);
  }

  /** Base servers empty a file that is copied onto itself. */
  async #refuseSame(source: Place, destination: Place, { signal }: FsCallOptions): Promise<void> {
    const [from, to] = await Promise.all(
      [source, destination].map((place) =>
        this.#requests.call('fs/canonicalize', { path: place.uri }, place, { signal }).catch(ignoreFsError),
      ),
    );
    if (from && from.path === to?.path) throw new FsError('EINVAL', 'Source and destination are the same', source.action);
  }
}

function whenChanged(place: Place): () => Error {
  return () => new FileChangedError({ ...place.action, syscall: 'read' });
}

function isDirectory(place: Place): FsError {
  return new FsError('EISDIR', 'Is a directory', place.action);
}

function ignoreFsError(error: unknown): null {
  if (error instanceof FsError) return null;
  throw error;
}
