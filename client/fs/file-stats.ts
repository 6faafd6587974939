import type { FsGetMetadataResult, FsReadDirectoryResult } from '@exec-server/protocol';

/** What a path leads to. The wire tells less than `node:fs` does: no mode, no owner, no inode. */
export class FileStats {
  /** Bytes. */
  readonly size: number;
  /** Time of the last change, in milliseconds since the epoch; 0 when the server does not know. */
  readonly mtimeMs: number;
  /** Time it was made, in milliseconds since the epoch; 0 when the server does not know. */
  readonly birthtimeMs: number;
  /** Whether the path itself is a symbolic link; everything else is of what it leads to. */
  readonly isSymlink: boolean;
  readonly #isFile: boolean;
  readonly #isDirectory: boolean;

  constructor({ size, modifiedAtMs, createdAtMs, isSymlink, isFile, isDirectory }: FsGetMetadataResult) {
    this.size = size;
    this.mtimeMs = modifiedAtMs;
    this.birthtimeMs = createdAtMs;
    this.isSymlink = isSymlink;
    this.#isFile = isFile;
    this.#isDirectory = isDirectory;
  }

  get mtime(): Date {
    return new Date(this.mtimeMs);
  }

  get birthtime(): Date {
    return new Date(this.birthtimeMs);
  }

  /** A regular file; devices, pipes and sockets are neither file nor directory. */
  isFile(): boolean {
    return this.#isFile;
  }

  isDirectory(): boolean {
    return this.#isDirectory;
  }
}

/** One entry of a directory. Links count as what they lead to; those that lead nowhere are not listed by servers. */
export class DirectoryEntry {
  /** Bytes that are no UTF-8 stand as U+FFFD: such a name does not lead to its file. */
  readonly name: string;
  /** The directory as the caller named it. */
  readonly parentPath: string;
  readonly #isFile: boolean;
  readonly #isDirectory: boolean;

  constructor({ fileName, isFile, isDirectory }: FsReadDirectoryResult['entries'][number], parentPath: string) {
    this.name = fileName;
    this.parentPath = parentPath;
    this.#isFile = isFile;
    this.#isDirectory = isDirectory;
  }

  isFile(): boolean {
    return this.#isFile;
  }

  isDirectory(): boolean {
    return this.#isDirectory;
  }
}
