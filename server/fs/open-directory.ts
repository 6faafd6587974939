import { constants } from 'node:fs';
import { type FileHandle, lstat, open, stat } from 'node:fs/promises';
import { osError } from './file-error.js';
import { type BytePath, join, split, toSystem } from './file-path.js';

/** Linux: a handle that only stands for a directory, so that reading it need not be allowed. Node has no name for it. */
const O_PATH = 0x20_00_00;
const { O_DIRECTORY, O_NOFOLLOW } = constants;
const isLinux = process.platform === 'linux';

/**
 * A directory that stays the same one, whatever happens to its path, so that nobody can lead us somewhere else by putting a link
 * in the way. That holds on Linux; elsewhere it is a path that was looked at. Whoever opens it closes it.
 */
export class OpenDirectory {
  /** Where it is; on Linux by way of its handle. */
  readonly path: BytePath;
  readonly #handle: FileHandle | null;

  private constructor(path: BytePath, handle: FileHandle | null) {
    this.path = handle ? `/proc/self/fd/${handle.fd}` : path;
    this.#handle = handle;
  }

  /** @throws the system's error, also when it is no directory */
  static async open(path: BytePath): Promise<OpenDirectory> {
    if (isLinux) return new OpenDirectory(path, await open(toSystem(path), O_PATH | O_DIRECTORY));
    if (!(await stat(toSystem(path))).isDirectory()) throw osError('ENOTDIR');
    return new OpenDirectory(path, null);
  }

  /**
   * The same over no link.
   * @throws RpcError `Not a directory` where there is one
   */
  static async openWithoutLinks(path: BytePath): Promise<OpenDirectory> {
    const place = split(path);
    if (!place) return OpenDirectory.open(path);
    const above = await OpenDirectory.openWithoutLinks(place.directory);
    try {
      return await above.enter(place.name);
    } finally {
      await above.close();
    }
  }

  /** How calls of the system find something in it. */
  at(name: BytePath): string | Buffer {
    return toSystem(join(this.path, name));
  }

  /** Opens a directory in it; never over a link. */
  async enter(name: BytePath): Promise<OpenDirectory> {
    if (isLinux) return new OpenDirectory(name, await open(this.at(name), O_PATH | O_DIRECTORY | O_NOFOLLOW));
    if (!(await lstat(this.at(name))).isDirectory()) throw osError('ENOTDIR');
    return new OpenDirectory(join(this.path, name), null);
  }

  /** The directory it is in by now. */
  async above(): Promise<OpenDirectory> {
    if (isLinux) return new OpenDirectory('', await open(this.at('..'), O_PATH | O_DIRECTORY));
    return new OpenDirectory(split(this.path)?.directory ?? this.path, null);
  }

  /** Tells it from all others. */
  async identify(): Promise<string> {
    const { dev, ino } = await stat(toSystem(this.path));
    return `${dev}:${ino}`;
  }

  async close(): Promise<void> {
    await this.#handle?.close();
  }
}

/**
 * Calls `use` with the directory something is in and its name there.
 * @param followSymlinks whether the way there may lead over links
 */
export async function inDirectory<Result>(
  path: BytePath,
  followSymlinks: boolean,
  use: (directory: OpenDirectory, name: BytePath) => Promise<Result>,
): Promise<Result> {
  const place = split(path) ?? { directory: path, name: '.' };
  const directory = await (followSymlinks ? OpenDirectory.open(place.directory) : OpenDirectory.openWithoutLinks(place.directory));
  try {
    return await use(directory, place.name);
  } finally {
    await directory.close();
  }
}
