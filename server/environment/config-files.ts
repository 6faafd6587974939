import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { limits } from '@exec-server/protocol';
import { parseToml, isTable, type TomlTable } from './toml.js';

/** One file of settings that counts here. */
export interface ConfigFile {
  /** What kind of file it is, and its path, in words. */
  readonly source: string;
  readonly path: string;
  readonly table: TomlTable;
}

/** Where settings are looked for. */
export interface ConfigPlaces {
  /** Of the machine. */
  readonly systemDirectory: string;
  /** Of the user. */
  readonly homeDirectory: string;
}

/** The settings for a directory, weakest first, and how many of them belong to the machine. */
export interface ConfigFiles {
  readonly files: readonly ConfigFile[];
  readonly systemCount: number;
}

/**
 * The files that count for work in a directory, as the base has them: of the machine, of the user, of a project the user trusts, from its
 * root down, and at last of whoever manages the machine. Those that are not there are left out.
 * @throws Error that names the file and the place when one cannot be read or is no TOML
 */
export async function findConfigFiles(cwd: string, { systemDirectory, homeDirectory }: ConfigPlaces): Promise<ConfigFiles> {
  const system = await readConfig('system', join(systemDirectory, 'config.toml'));
  const user = await readConfig('user', join(homeDirectory, 'config.toml'));
  const projects: (ConfigFile | null)[] = [];
  for (const directory of await findProject(cwd, user?.table ?? {})) {
    const path = join(directory, '.codex', 'config.toml');
    if (path !== user?.path) projects.push(await readConfig('project', path));
  }
  const managed = await readConfig('legacy managed_config.toml', join(systemDirectory, 'managed_config.toml'));
  const files = [system, user, ...projects, managed].filter((file) => file !== null);
  return { files, systemCount: system ? 1 : 0 };
}

/** What the machine demands of settings. */
export async function findRequirements({ systemDirectory }: ConfigPlaces): Promise<ConfigFiles> {
  const path = join(systemDirectory, 'requirements.toml');
  const file = await readConfig('', path);
  return file ? { files: [{ ...file, source: path }], systemCount: 1 } : { files: [], systemCount: 0 };
}

async function readConfig(kind: string, path: string): Promise<ConfigFile | null> {
  const text = await readText(path);
  if (text === null) return null;
  try {
    return { source: `${kind} (${path})`, path, table: await parseToml(text) };
  } catch (error) {
    throw new Error(`${path}:${(error as Error).message}`, { cause: error });
  }
}

/** Null when there is no such file. */
async function readText(path: string): Promise<string | null> {
  try {
    const stats = await stat(path);
    if (!stats.isFile()) throw new Error(`${path} is not a file`);
    if (stats.size > limits.configFileBytes) throw new Error(`${path} has more than ${limits.configFileBytes} bytes`);
    return await readFile(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}

/** The directories from the root of the project down; none when the user does not trust it. */
async function findProject(cwd: string, user: TomlTable): Promise<readonly string[]> {
  const directories: string[] = [];
  let root: string | null = null;
  for (let directory = cwd; ; directory = dirname(directory)) {
    directories.unshift(directory);
    if (await exists(join(directory, '.git'))) root = directory;
    if (root !== null || dirname(directory) === directory) break;
  }
  // Outside of any repository the directory stands for itself.
  const project = root === null ? [cwd] : directories;
  const names = [cwd, project[0] ?? cwd];
  const realNames = await Promise.all(names.map((name) => realpath(name).catch(() => name)));
  return [...names, ...realNames].some((name) => isTrusted(user, name)) ? project : [];
}

function isTrusted({ projects }: TomlTable, path: string): boolean {
  const project = isTable(projects) && Object.hasOwn(projects, path) ? projects[path] : null;
  return isTable(project) && project['trust_level'] === 'trusted';
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}
