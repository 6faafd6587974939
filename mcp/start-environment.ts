import type { EnvironmentPolicy } from '@exec-server/client';

/** A variable to pass on: from here (`local`, the default), or the executor's own, of which only the name is sent. */
export type EnvVar = string | { readonly name: string; readonly source?: 'local' | 'remote' | undefined };

/** What a program always inherits from its executor, if it is set there; Windows programs do not start without theirs. */
const coreNames = [
  ...['HOME', 'LANG', 'LC_ALL', 'LC_CTYPE', 'LOGNAME', 'PATH', 'SHELL', 'TEMP', 'TMP', 'TMPDIR', 'USER'],
  ...['APPDATA', 'COMSPEC', 'LOCALAPPDATA', 'PATHEXT', 'SYSTEMDRIVE', 'SYSTEMROOT', 'USERPROFILE', 'WINDIR'],
];

/** The variables a program on an executor gets. */
export interface StartEnvironment {
  readonly env: Readonly<Record<string, string>>;
  readonly inherit: 'core' | EnvironmentPolicy;
}

/**
 * Sends what is listed and nothing else: `env` as it is, and of `envVars` those that are set here. The executor adds its
 * core variables and its own values of the names with the source `remote`.
 * @param local variables of this process
 */
export function toStartEnvironment(
  env: Readonly<Record<string, string>>,
  envVars: readonly EnvVar[],
  local: Readonly<Record<string, string | undefined>>,
): StartEnvironment {
  const sent = new Map<string, string>();
  const remoteNames: string[] = [];
  for (const variable of envVars) {
    const { name, source = 'local' } = typeof variable === 'string' ? { name: variable } : variable;
    if (source === 'remote') remoteNames.push(name);
    else if (local[name] !== undefined) sent.set(name, local[name]);
  }
  return {
    env: { ...Object.fromEntries(sent), ...env },
    inherit: remoteNames.length === 0 ? 'core' : only([...coreNames, ...remoteNames]),
  };
}

function only(names: readonly string[]): EnvironmentPolicy {
  return { inherit: 'all', ignoreDefaultExcludes: true, exclude: [], set: {}, includeOnly: [...names] };
}
