import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseSignal, type WireSignal, wireSignals } from '@exec-server/protocol';
import { exitCodes, ExitError } from '../exit-codes.js';
import { addServerOptions, seconds, type ServerFlags } from '../options.js';

interface KillFlags extends ServerFlags {
  readonly signal?: WireSignal;
  readonly interrupt: boolean;
  readonly foreground: boolean;
  /** Milliseconds. */
  readonly grace?: number;
  readonly orphans: boolean;
}

const note = `
Without --signal it is killed at once, with --grace asked to end first. Signals: ${Object.keys(wireSignals).join(', ')};
TERM and SIGTERM mean terminate. --signal terminate --grace 5 is the same as --grace 5.`;

export function registerKill(program: Command): void {
  addServerOptions(program.command('kill'))
    .description('end a process of a session, with everything in its process group, or send a signal to it')
    .argument('<process>', 'its id, as "ps" shows it')
    .option('--signal <NAME>', 'send this signal instead', readSignal)
    .addOption(new Option('--interrupt', 'the same as --signal interrupt: what Ctrl-C does').default(false).conflicts('signal'))
    .option('--foreground', 'send the signal to what has its terminal now, such as the job of a shell', false)
    .option('--grace <SECONDS>', 'ask with SIGTERM first, and kill after so long what is left', seconds)
    .option('--orphans', 'also kill what a process that has ended left behind in its group', false)
    .addHelpText('after', note)
    .action(kill);
}

async function kill(processId: string, flags: KillFlags): Promise<void> {
  const signal = readWish(flags);
  const { openSession } = await import('../target.js');
  const { RpcError, UnsupportedByServerError } = await import('@exec-server/client');
  await using target = await openSession(flags);
  const { processes } = target.client;
  const found = (await processes.list()).processes.find((entry) => entry.processId === processId);
  if (!found) throw new ExitError(`the session has no process ${processId}`);
  if (found.state !== 'running' && !flags.orphans) throw new ExitError(`process ${processId} is not running: ${found.state}`);
  const remote = await processes.attach(processId);
  try {
    const wasReached =
      signal === null
        ? await remote.terminate({ graceMs: flags.grace, orphans: flags.orphans })
        : await remote.signal(signal, { target: flags.foreground ? 'foreground' : 'group' });
    if (wasReached === false && !flags.orphans) throw new ExitError(`process ${processId} is not running any more`);
  } catch (error) {
    if (error instanceof RpcError || error instanceof UnsupportedByServerError) throw new ExitError(error.message);
    throw error;
  }
}

/** The signal to send; null to end the process. */
function readWish({ signal, interrupt, foreground, grace, orphans }: KillFlags): WireSignal | null {
  const wanted = interrupt ? 'interrupt' : (signal ?? null);
  const isEnding = grace !== undefined || orphans;
  if (isEnding && wanted !== null && !(wanted === 'terminate' && grace !== undefined))
    throw new ExitError('--grace and --orphans end the process: they go with no signal but terminate', exitCodes.usage);
  if (foreground && (isEnding || wanted === null)) throw new ExitError('--foreground needs --signal', exitCodes.usage);
  return isEnding ? null : wanted;
}

function readSignal(text: string): WireSignal {
  const signal = parseSignal(text);
  if (signal === null) throw new InvalidArgumentError(`It must be one of ${Object.keys(wireSignals).join(', ')}.`);
  return signal;
}
