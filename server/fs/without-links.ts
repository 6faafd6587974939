import { constants } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { osError } from './file-error.js';
import { type BytePath, join, split, toSystem } from './file-path.js';

/** Linux: a handle that only stands for a directory, so that reading it need not be allowed. Node has no name for it. */
const O_PATH = 0x20_00_00;
const { O_DIRECTORY = 0, O_NOFOLLOW = 0 } = constants;

/**
 * Calls `use` with a way to the same thing that leads over no symbolic link but, perhaps, the thing itself. On Linux no link can
 * come in between afterwards: the way starts at an open directory. Elsewhere the path is looked at before.
 * @throws RpcError `Not a directory` where a directory on the way is a link
 */
export async function withoutLinks<Result>(path: BytePath, use: (place: string | Buffer) => Promise<Result>): Promise<Result> {
  const place = split(path);
  if (!place) return use(toSystem(path));
  if (process.platform !== 'linux') {
    for (let at = split(place.directory); at; at = split(at.directory)) await refuseLink(join(at.directory, at.name));
    return use(toSystem(path));
  }
  const directory = await openDirectory(place.directory);
  try {
    return await use(toSystem(within(directory, place.name)));
  } finally {
    await directory.close();
  }
}

/** The path of something in an open directory, wherever that is by now. */
export function within(directory: FileHandle, name: BytePath): BytePath {
  return `/proc/self/fd/${directory.fd}/${name}`;
}

/** Linux: opens a directory step by step, over no link. The caller closes it. */
async function openDirectory(path: BytePath): Promise<FileHandle> {
  let directory = await open('/', O_PATH | O_DIRECTORY);
  for (const name of path.split('/').filter((part) => part !== '')) {
    const above = directory;
    try {
      directory = await open(toSystem(within(above, name)), O_PATH | O_DIRECTORY | O_NOFOLLOW);
    } finally {
      await above.close();
    }
  }
  return directory;
}

async function refuseLink(path: BytePath): Promise<void> {
  if ((await lstat(toSystem(path))).isSymbolicLink()) throw osError('ENOTDIR');
}
