import { limits as defaultLimits, type Limits, longestTimerMs } from '@exec-server/protocol';

/** What an upstream may ask of callers. */
const serverRequestKinds = ['sampling', 'elicitation', 'roots'] as const;
export type ServerRequestKind = (typeof serverRequestKinds)[number];

interface SharedConfig {
  readonly name: string;
  /** Where it runs, or where its requests leave from: `local` or the name of an executor. */
  readonly environment: string;
  /** Put before the names of its tools and prompts. */
  readonly toolPrefix: string;
  readonly startupTimeoutMs: number;
  readonly callTimeoutMs: number;
  /** `auto` asks which era it speaks. */
  readonly protocol: 'auto' | 'legacy' | '2026-07-28';
  /** `session`: every session of a caller gets an instance of its own. */
  readonly isolation: 'shared' | 'session';
  readonly restart: 'on-failure' | 'never';
  /** Original names; null lets all through. */
  readonly enabledTools: readonly string[] | null;
  readonly disabledTools: readonly string[];
  readonly serverRequests: readonly ServerRequestKind[];
}

export interface StdioUpstreamConfig extends SharedConfig {
  readonly transport: 'stdio';
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string | null;
  /** Further names it inherits from the environment of the server it runs on. */
  readonly inheritEnv: readonly string[];
}

export interface HttpUpstreamConfig extends SharedConfig {
  readonly transport: 'http';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** One MCP server behind the gateway. */
export type UpstreamConfig = StdioUpstreamConfig | HttpUpstreamConfig;

/** A configuration that cannot be used; the message says which member and why, and holds no values of `env` or `headers`. */
export class UpstreamConfigError extends Error {
  override readonly name = 'UpstreamConfigError';
}

const namePattern = /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$/;
const prefixPattern = /^[A-Za-z0-9_.-]{0,127}$/;
/** `URL` passes over blanks and control characters that have no place in one. */
// oxlint-disable-next-line no-control-regex -- those are meant
const urlPattern = /^https?:\/\/[^\s\u0000-\u001f\u007f]+$/i;
// oxlint-disable-next-line no-control-regex -- all but these and the tab may stand in a header
const foreignInHeader = /[^\t\u0020-\u007e\u0080-\u00ff]/;
const headerNamePattern = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Whether an upstream may have this name; names stand in URLs and logs. */
export function isUpstreamName(name: unknown): name is string {
  return typeof name === 'string' && namePattern.test(name);
}

/**
 * Checks what a registration says, before anything is started.
 * @param limits with the times that hold unless it says others
 * @throws UpstreamConfigError
 */
export function checkUpstreamConfig(body: unknown, limits: Limits = defaultLimits): UpstreamConfig {
  if (!isRecord(body)) throw new UpstreamConfigError('the body must be a JSON object');
  rejectNul(body);
  const { name, transport } = body;
  if (!isUpstreamName(name)) throw new UpstreamConfigError(`\`name\` must match ${namePattern.source}`);
  if (transport !== 'stdio' && transport !== 'http') throw new UpstreamConfigError('`transport` must be "stdio" or "http"');
  const shared: SharedConfig = {
    name,
    environment: optional(body, 'environment', isNonEmptyString, 'a non-empty string') ?? 'local',
    toolPrefix: optional(body, 'toolPrefix', isPrefix, `a string matching ${prefixPattern.source}`) ?? '',
    startupTimeoutMs: readTimeout(body, 'startupTimeoutMs', limits.mcpStartupTimeoutMs),
    callTimeoutMs: readTimeout(body, 'callTimeoutMs', limits.mcpToolTimeoutMs),
    protocol: oneOf(body, 'protocol', ['auto', 'legacy', '2026-07-28']) ?? (transport === 'http' ? 'auto' : 'legacy'),
    isolation: oneOf(body, 'isolation', ['shared', 'session']) ?? 'shared',
    restart: oneOf(body, 'restart', ['on-failure', 'never']) ?? 'on-failure',
    enabledTools: optional(body, 'enabledTools', isStringArray, 'an array of strings') ?? null,
    disabledTools: optional(body, 'disabledTools', isStringArray, 'an array of strings') ?? [],
    serverRequests: optional(body, 'serverRequests', isKinds, `an array of ${serverRequestKinds.join(', ')}`) ?? serverRequestKinds,
  };
  return transport === 'stdio' ? { ...shared, ...checkStdio(body), transport } : { ...shared, ...checkHttp(body), transport };
}

function checkStdio(body: Readonly<Record<string, unknown>>) {
  const { command } = body;
  if (!isNonEmptyString(command)) throw new UpstreamConfigError('`command` must be a non-empty string');
  const env = optional(body, 'env', isStringMap, 'an object of strings') ?? {};
  for (const variable of Object.keys(env)) checkVariable('env', variable);
  const inheritEnv = optional(body, 'inheritEnv', isStringArray, 'an array of names') ?? [];
  for (const variable of inheritEnv) checkVariable('inheritEnv', variable);
  return {
    command,
    args: optional(body, 'args', isStringArray, 'an array of strings') ?? [],
    env,
    cwd: optional(body, 'cwd', isNonEmptyString, 'a non-empty string') ?? null,
    inheritEnv,
  };
}

function checkVariable(member: string, variable: string): void {
  const isPattern = member === 'inheritEnv' && /[*?]/.test(variable); // one name is one variable, not all that look like it
  if (variable === '' || variable.includes('=') || isPattern)
    throw new UpstreamConfigError(`\`${member}\` holds ${JSON.stringify(variable)}, which is no name of a variable`);
}

function checkHttp(body: Readonly<Record<string, unknown>>) {
  const { url } = body;
  const parsed = typeof url === 'string' && URL.canParse(url) ? new URL(url) : null;
  if (!parsed || !urlPattern.test(url as string)) throw new UpstreamConfigError('`url` must be an absolute http: or https: URL');
  if (parsed.username !== '' || parsed.password !== '')
    throw new UpstreamConfigError('`url` must not hold credentials: put them into `headers`');
  const headers = optional(body, 'headers', isStringMap, 'an object of strings') ?? {};
  for (const [name, value] of Object.entries(headers)) {
    if (!headerNamePattern.test(name))
      throw new UpstreamConfigError(`\`headers\` holds ${JSON.stringify(name)}, which is no name of a header`);
    if (foreignInHeader.test(value)) throw new UpstreamConfigError(`the value of the header ${name} holds a character no header may have`);
  }
  return { url: parsed.href, headers };
}

function optional<Value>(
  body: Readonly<Record<string, unknown>>,
  member: string,
  fits: (value: unknown) => value is Value,
  expected: string,
): Value | undefined {
  const value = body[member];
  if (value === undefined || fits(value)) return value;
  throw new UpstreamConfigError(`\`${member}\` must be ${expected}`);
}

function oneOf<Word extends string>(body: Readonly<Record<string, unknown>>, member: string, words: readonly Word[]): Word | undefined {
  const isWord = (value: unknown): value is Word => words.includes(value as Word);
  return optional(body, member, isWord, `one of ${words.join(', ')}`);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNonEmptyString(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isPrefix(value: unknown): value is string {
  return typeof value === 'string' && prefixPattern.test(value);
}

function isTimeout(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) > 0;
}

/** Longer than a timer can hold is as long as it can: some weeks. */
function readTimeout(body: Readonly<Record<string, unknown>>, member: string, otherwise: number): number {
  return Math.min(optional(body, member, isTimeout, 'a positive whole number of milliseconds') ?? otherwise, longestTimerMs);
}

function isStringArray(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}

function isStringMap(value: unknown): value is Record<string, string> {
  return isRecord(value) && Object.values(value).every((entry) => typeof entry === 'string');
}

function isKinds(value: unknown): value is ServerRequestKind[] {
  return isStringArray(value) && value.every((entry) => serverRequestKinds.includes(entry as ServerRequestKind));
}

/** Programs, variables and headers end at a NUL. Goes without recursion: a body may be nested as deeply as it is long. */
function rejectNul(body: Readonly<Record<string, unknown>>): void {
  const left: [where: string, value: unknown][] = [['the body', body]];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const [where, value] = next;
    if (typeof value === 'string' && value.includes('\0')) throw new UpstreamConfigError(`${where} holds a NUL character`);
    if (typeof value !== 'object' || value === null) continue;
    for (const [name, entry] of Object.entries(value)) {
      if (name.includes('\0')) throw new UpstreamConfigError(`${where} holds a name with a NUL character`);
      left.push([Array.isArray(value) ? where : `\`${name}\``, entry]);
    }
  }
}
