import { homedir, hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { fromNativePath, type Platform, RpcError, toNativePath } from '@exec-server/protocol';
import type { CheckedParams, Handler } from '../handler.js';
import { type ConfigFiles, type ConfigPlaces, findConfigFiles, findRequirements } from './config-files.js';
import { selectPaths, writeToml } from './toml.js';

type Params = CheckedParams<'environmentConfig/read'>;
type Paths = readonly (readonly string[])[];

const platform: Platform = process.platform === 'win32' ? 'win32' : 'posix';

/** Answers with the settings of the machine and its user, as far as they are asked for. */
export function createConfigReader(
  variables: ReadonlyMap<string, string>,
  systemDirectory = '/etc/codex',
): Handler<'environmentConfig/read', unknown> {
  const userHome = variables.get('HOME') || homedir();
  const places: ConfigPlaces = { systemDirectory, homeDirectory: variables.get('CODEX_HOME') || join(userHome, '.codex') };
  return async (params, call) => {
    const cwd = checkParams(params);
    return {
      userHomeDir: toUri(userHome),
      codexHomeDir: toUri(places.homeDirectory),
      hostname: hostname(),
      ...(await call.work(() => readLayers(cwd, params, places))),
    };
  };
}

/** @throws RpcError `invalidParams` */
function checkParams({ cwd, configPaths, requirementsPaths }: Params): string {
  const path = toNativePath(cwd, platform);
  if (path === null) throw new RpcError('invalidParams', `'${cwd.href}' is invalid on '${process.platform}'`);
  if (configPaths.length === 0 && requirementsPaths.length === 0)
    throw new RpcError('invalidParams', 'at least one config or requirements path is required');
  if ([...configPaths, ...requirementsPaths].some((keys) => keys.length === 0))
    throw new RpcError('invalidParams', 'TOML paths must contain at least one key segment');
  return path;
}

async function readLayers(cwd: string, { configPaths, requirementsPaths }: Params, places: ConfigPlaces) {
  try {
    const config = await findConfigFiles(cwd, places);
    const requirements = await findRequirements(places);
    return { config: await toLayers(config, configPaths), requirements: await toLayers(requirements, requirementsPaths) };
  } catch (error) {
    throw new RpcError('configUnreadable', `failed to load executor-local config: ${(error as Error).message}`);
  }
}

async function toLayers({ files, systemCount }: ConfigFiles, paths: Paths) {
  const layers: { source: string; baseDir: string; toml: string }[] = [];
  let cloudInsertionIndex = 0;
  for (const [at, { source, path, table }] of files.entries()) {
    const selected = selectPaths(table, paths);
    if (!selected) continue;
    layers.push({ source, baseDir: toUri(dirname(path)), toml: await writeToml(selected) });
    if (at < systemCount) cloudInsertionIndex++;
  }
  return { layers, cloudInsertionIndex };
}

function toUri(path: string): string {
  return fromNativePath(path, platform);
}
