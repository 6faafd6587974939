import { longestTimerMs } from '@exec-server/protocol';
import { type Command, Option } from 'commander';
import type { RemoteProcess } from '@exec-server/client';
import { exitCodes, ExitError, startExitCode } from '../exit-codes.js';
import { printEvents } from '../json-events.js';
import { runInForeground, reportEnd } from '../local-streams.js';
import { addServerOptions, collectVariable, seconds, type ServerFlags, wholeNumber } from '../options.js';
import { localTerminalSize } from '../terminal-size.js';
import type { Target } from '../target.js';

interface ExecFlags extends ServerFlags {
  readonly tty: boolean;
  readonly cwd?: string;
  readonly env: Readonly<Record<string, string>>;
  readonly inherit?: 'all' | 'core' | 'none';
  readonly detach: boolean;
  readonly json: boolean;
  readonly drain: number;
  /** Milliseconds. */
  readonly timeout?: number;
}

const examples = `
Examples:
  exec-server exec -- git log --oneline
  exec-server exec --url ws://127.0.0.1:4711 --cwd /srv/app --env CI=1 -- npm test
  tar c . | exec-server exec --url ws://127.0.0.1:4711 --cwd /tmp -- tar x
  exec-server exec --url ws://127.0.0.1:4711 --tty -- less /var/log/syslog

Stdin, stdout, stderr, Ctrl-C and the exit code are those of the command. 124: timed out; 127: not found on the server;
126: cannot be executed there; 255: the server cannot be reached, or the session or output is lost.
A lost connection is sought again for 45 seconds; no output is lost or doubled.`;

export function registerExec(program: Command): void {
  addServerOptions(program.command('exec'))
    .description('run a command on a server; without --url on one of its own on this machine')
    .argument('<command...>', 'program and arguments, after `--`')
    .option('-t, --tty', 'run it in a terminal', false)
    .option('--cwd <DIR>', 'directory on the server (default: that of the server)')
    .option('--env <NAME=VALUE>', 'set a variable (may be repeated)', collectVariable, {})
    .addOption(
      new Option('--inherit <WHICH>', "which of the server's variables to inherit; `all` leaves out what looks like a secret").choices([
        'all',
        'core',
        'none',
      ]),
    )
    .option('--detach', 'leave it running and print its session and process', false)
    .option('--drain <MS>', 'wait so long for output of others after the command itself has ended', wholeNumber(0, longestTimerMs), 2_000)
    .option('--timeout <SECONDS>', 'the server kills the command, with its process group, after so long', seconds)
    .option('--json', 'print events as JSON lines, output in base64', false)
    .passThroughOptions()
    .addHelpText('after', examples)
    .action(exec);
}

async function exec(argv: readonly string[], flags: ExecFlags): Promise<void> {
  const { openTarget } = await import('../target.js');
  const { DisconnectedError, OutputGapError } = await import('@exec-server/client');
  await using target = await openTarget(flags);
  if (flags.detach && target.isEmbedded)
    throw new ExitError('--detach needs --url: a server of its own ends with this command', exitCodes.usage);
  try {
    const process = await start(target, argv, flags);
    globalThis.process.exitCode = await follow(target, process, flags);
  } catch (error) {
    if (error instanceof DisconnectedError || error instanceof OutputGapError) throw new ExitError(error.message, exitCodes.disconnected);
    throw error;
  }
}

async function start({ client, isEmbedded }: Target, argv: readonly string[], flags: ExecFlags): Promise<RemoteProcess> {
  const { RpcError, UnsupportedByServerError } = await import('@exec-server/client');
  const { env } = process;
  // Our own machine has no secrets from its user, who expects the command to find all variables.
  const everything = { inherit: 'all', ignoreDefaultExcludes: true, exclude: [], set: {}, includeOnly: [] } as const;
  const size = (client.supports('processResize') ? localTerminalSize() : null) ?? true;
  try {
    return await client.processes.start({
      argv,
      cwd: flags.cwd ?? (isEmbedded ? process.cwd() : undefined),
      env: { ...(flags.tty ? { TERM: env['TERM'] ?? 'xterm-256color' } : {}), ...flags.env },
      inherit: flags.inherit ?? (isEmbedded ? everything : 'all'),
      tty: flags.tty ? size : false,
      stdin: !flags.detach,
      timeoutMs: flags.timeout,
    });
  } catch (error) {
    if (error instanceof RpcError) throw new ExitError(`${argv[0]}: ${error.message}`, startExitCode(error.message));
    if (error instanceof UnsupportedByServerError) throw new ExitError(error.message);
    throw error;
  }
}

async function follow(target: Target, process: RemoteProcess, flags: ExecFlags): Promise<number> {
  const { client } = target;
  const names = { session: client.sessionId, process: process.id, pid: process.pid };
  if (flags.detach) {
    target.keepSession = true;
    console.log(flags.json ? JSON.stringify(names) : `session ${names.session}\nprocess ${names.process}`);
    return 0;
  }
  const drainMs = flags.drain;
  const end = flags.json
    ? await printEvents(process, names, drainMs)
    : await runInForeground({ client, process, isTerminal: flags.tty, isTakenUp: false, detachKey: null, drainMs });
  if (end === 'brokenPipe') await process.terminate().catch(() => undefined); // it goes with the session as well
  return reportEnd(end);
}
