import { tmpdir } from 'node:os';
import { type EnvironmentInfoResult, fromNativePath, type Platform } from '@exec-server/protocol';
import { methods } from '@exec-server/protocol/schemas';
import type { Shell } from './shell.js';

const platforms: Readonly<Partial<Record<NodeJS.Platform, string>>> = { linux: 'linux', darwin: 'macos', win32: 'windows' };

/** Members of params, answers and notifications that no method of their own announces. */
const memberCapabilities = [
  'processExitDetail',
  'processSignals',
  'processTerminateGrace',
  'processTimeout',
  'outputSpill',
  'outputGap',
  'httpHeaderEnvVars',
  'httpTimeouts',
  'httpFinalUrl',
];

/** What `environment/info` answers: only what is so on this machine and can be done by this server. */
export function describeEnvironment(version: string, shell: Shell, variables: ReadonlyMap<string, string>): EnvironmentInfoResult {
  const platform: Platform = process.platform === 'win32' ? 'win32' : 'posix';
  const toUri = (path: string | undefined): string | null => (path === undefined || path === '' ? null : fromNativePath(path, platform));
  const temporary = toUri(variables.get('TMPDIR'));
  return {
    shell: { ...shell },
    executorVersion: version,
    cwd: toUri(findCwd()),
    userHomeDir: toUri(variables.get('HOME') ?? variables.get('USERPROFILE')),
    platformOs: platforms[process.platform] ?? process.platform,
    prependPathDirs: [],
    temporaryDirectories: temporary === null ? [] : [temporary],
    tempDir: temporary ?? toUri(tmpdir()),
    capabilities: Object.fromEntries(capabilityNames().map((name) => [name, true])),
  };
}

/** Every addition to the base that is here. */
function capabilityNames(): string[] {
  const names = Object.values(methods).map((entry) => entry.capability);
  return [...new Set([...names.filter((name) => name !== null), ...memberCapabilities])];
}

/** A directory that was removed under the server is not known any more. */
function findCwd(): string | undefined {
  try {
    return process.cwd();
  } catch {
    return undefined;
  }
}
