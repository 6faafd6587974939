import { mkdir, stat } from 'node:fs/promises';
import { hasCode } from './file-error.js';
import { type BytePath, split, toSystem } from './file-path.js';
import { inDirectory, OpenDirectory } from './open-directory.js';

export interface CreateOptions {
  /** Makes what is missing above it too, and is content with what is there. */
  readonly recursive: boolean;
  readonly followSymlinks: boolean;
}

/** @throws the system's error, such as `File exists` */
export async function createDirectory(path: BytePath, { recursive, followSymlinks }: CreateOptions): Promise<void> {
  if (!followSymlinks && recursive) await (await makeWithoutLinks(path)).close();
  else if (!followSymlinks) await inDirectory(path, false, (directory, name) => mkdir(directory.at(name)));
  else if (recursive) await makeAll(path);
  else await mkdir(toSystem(path));
}

async function makeAll(path: BytePath): Promise<void> {
  try {
    await mkdir(toSystem(path));
  } catch (error) {
    const place = split(path);
    if (hasCode(error, 'ENOENT') && place) {
      await makeAll(place.directory);
      await makeAll(path); // somebody may have made it meanwhile
    } else if (!(await isDirectory(path))) {
      throw error;
    }
  }
}

async function isDirectory(path: BytePath): Promise<boolean> {
  try {
    return (await stat(toSystem(path))).isDirectory();
  } catch {
    return false; // what matters is why it could not be made
  }
}

/** Step by step from the root; returns the directory, open. */
async function makeWithoutLinks(path: BytePath): Promise<OpenDirectory> {
  const place = split(path);
  if (!place) return OpenDirectory.open(path);
  const above = await makeWithoutLinks(place.directory);
  try {
    return await enterOrMake(above, place.name);
  } finally {
    await above.close();
  }
}

async function enterOrMake(above: OpenDirectory, name: BytePath): Promise<OpenDirectory> {
  try {
    return await above.enter(name);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
  try {
    await mkdir(above.at(name));
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
  return above.enter(name);
}
