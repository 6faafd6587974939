/** Which of the server's variables a child gets; members as in `process/start.envPolicy`. */
export interface EnvironmentPolicy {
  readonly inherit: 'core' | 'all' | 'none';
  readonly ignoreDefaultExcludes: boolean;
  readonly exclude: readonly string[];
  readonly set: ReadonlyMap<string, string>;
  readonly includeOnly: readonly string[];
}

const coreNames = new Set(['HOME', 'LANG', 'LC_ALL', 'LC_CTYPE', 'LOGNAME', 'PATH', 'SHELL', 'TEMP', 'TMP', 'TMPDIR', 'USER']);
const secretPatterns = ['*KEY*', '*SECRET*', '*TOKEN*'];

/** Names no child ever gets, not even when the request sets them (base), and those that carry our own secrets. */
const forbiddenNames = new Set([
  'CODEX_EXEC_SERVER_EXIT_ON_STDIN_CLOSE',
  'CODEX_EXEC_SERVER_NOISE_AUTH_TOKEN',
  'OPENAI_IDENTITY_TOKEN_FILE',
  'OPENAI_FEDERATION_RULE_ID',
  'OPENAI_WORKLOAD_IDENTITY_CONTEXT',
]);

/** Names not inherited, because they carry secrets of the server or belong to it; the request may still set them. */
const ownNames = ['EXEC_SERVER_TOKEN', 'EXEC_SERVER_TOKEN_FILE', 'NODE_V8_COVERAGE'];

/**
 * The environment of a child: what the policy takes from the server's variables, then the variables of the request.
 * Without a policy nothing is inherited.
 */
export function composeEnvironment(
  policy: EnvironmentPolicy | null,
  own: ReadonlyMap<string, string>,
  requested: ReadonlyMap<string, string>,
): Map<string, string> {
  const env = policy ? inherit(policy, own) : new Map<string, string>();
  for (const [name, value] of requested) env.set(name, value);
  for (const name of forbiddenNames) env.delete(name);
  return env;
}

function inherit(policy: EnvironmentPolicy, own: ReadonlyMap<string, string>): Map<string, string> {
  const env = new Map<string, string>();
  const isExcluded = matcher([...(policy.ignoreDefaultExcludes ? [] : secretPatterns), ...policy.exclude]);
  for (const [name, value] of policy.inherit === 'none' ? [] : own) {
    if (policy.inherit === 'core' && !coreNames.has(name)) continue;
    if (!ownNames.includes(name) && !isExcluded(name)) env.set(name, value);
  }
  for (const [name, value] of policy.set) env.set(name, value);
  if (policy.includeOnly.length === 0) return env;
  const isIncluded = matcher(policy.includeOnly);
  return new Map([...env].filter(([name]) => isIncluded(name)));
}

function matcher(patterns: readonly string[]): (name: string) => boolean {
  const folded = patterns.map((pattern) => [...pattern.toLowerCase()]);
  return (name) => {
    const letters = [...name.toLowerCase()];
    return folded.some((pattern) => matches(pattern, letters));
  };
}

/**
 * Whole names, any case; `*` is any run of characters, `?` one; nothing else is special.
 * On a mismatch only the last star is tried again, one character further, so that no pattern takes exponential time.
 */
function matches(pattern: readonly string[], name: readonly string[]): boolean {
  let at = 0;
  let star = -1;
  let starAt = 0;
  for (let i = 0; i < name.length;) {
    if (pattern[at] === '*') {
      star = at++;
      starAt = i;
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === name[i])) {
      at++;
      i++;
    } else if (star >= 0) {
      at = star + 1;
      i = ++starAt;
    } else {
      return false;
    }
  }
  return pattern.slice(at).every((symbol) => symbol === '*');
}
