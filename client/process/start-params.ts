import { fromNativePath, type ProcessStartParams } from '@exec-server/protocol';
import type { SessionClient } from '../session/session-client.js';

export type EnvironmentPolicy = NonNullable<ProcessStartParams['envPolicy']>;

export interface StartOptions {
  /** Program and arguments. A program without a slash is looked up on the server, in the PATH the process gets. */
  readonly argv: readonly string[];
  /** Native path on the server, or file URI; the server's own directory by default. */
  readonly cwd?: string | undefined;
  /** Variables on top of those inherited. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** What to inherit from the server: `all` (the default) leaves out names that look like secrets; `core`; `none`; or a policy of your own. */
  readonly inherit?: 'all' | 'core' | 'none' | EnvironmentPolicy | undefined;
  /** A terminal instead of pipes: true for 24 × 80, or its size. */
  readonly tty?: boolean | { readonly rows: number; readonly cols: number } | undefined;
  /** Whether {@link RemoteProcess.write} will be used; false, the default, gives the program an empty input. Terminals always take input. */
  readonly stdin?: boolean | undefined;
  /** The program's `argv[0]`, when it shall differ from the program. */
  readonly arg0?: string | undefined;
  /** Unique in the session; a random UUID by default. */
  readonly processId?: string | undefined;
  /**
   * What becomes of output while this client is away. `spillBytes`: how much is kept, 64 MiB by default. `whenFull`: the
   * program waits (`pause`, the default), or output is lost, and a gap is reported (`dropOldest`).
   */
  readonly retention?: { readonly spillBytes?: number; readonly whenFull?: 'pause' | 'dropOldest' } | undefined;
  /**
   * The server kills the process group after so many milliseconds, whatever has become of the line to it; no limit by
   * default. The end tells {@link ProcessExit.timedOut}.
   */
  readonly timeoutMs?: number | undefined;
  /** Kills the process when it aborts. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * What goes over the wire for these options.
 * @throws UnsupportedByServerError for what the server does not announce
 */
export function toStartParams(
  session: SessionClient,
  { argv, cwd, env = {}, inherit = 'all', tty = false, stdin = false, arg0, timeoutMs, processId, retention }: StartOptions,
): ProcessStartParams {
  if (typeof tty === 'object') session.require('processResize', 'the size of a terminal');
  if (timeoutMs !== undefined) session.require('processTimeout', 'a time limit for a process');
  if (retention) session.require('outputSpill', 'the retention of output');
  return {
    processId: processId ?? crypto.randomUUID(),
    argv,
    cwd: toUri(session, cwd),
    env,
    tty: tty !== false,
    pipeStdin: stdin,
    arg0: arg0 ?? null,
    envPolicy: toPolicy(inherit),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(retention ? { retention } : {}),
    ...(typeof tty === 'object' ? { size: { rows: tty.rows, cols: tty.cols } } : {}),
  };
}

function toUri({ environment }: SessionClient, path: string | undefined): string {
  if (path === undefined) return environment?.cwd ?? 'file:///';
  if (/^file:/i.test(path)) return path;
  return fromNativePath(path, environment?.platformOs === 'windows' ? 'win32' : 'posix');
}

function toPolicy(inherit: NonNullable<StartOptions['inherit']>): EnvironmentPolicy | null {
  if (inherit === 'none') return null;
  if (typeof inherit === 'object') return inherit;
  return { inherit, ignoreDefaultExcludes: false, exclude: [], set: {}, includeOnly: [] };
}
