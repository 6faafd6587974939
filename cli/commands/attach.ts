import { longestTimerMs } from '@exec-server/protocol';
import type { Command } from 'commander';
import { exitCodes, ExitError } from '../exit-codes.js';
import { runInForeground, reportEnd } from '../local-streams.js';
import { addServerOptions, type ServerFlags, wholeNumber } from '../options.js';
import { localTerminalSize } from '../terminal-size.js';

/** Ctrl-]: the key telnet leaves with. */
const detachKey = 0x1d;

const note = `
All output that is still kept is shown first; when older output is lost, stderr tells so.
In a terminal, Ctrl-] leaves the process running; it lives on as long as the server keeps the session.`;

export function registerAttach(program: Command): void {
  addServerOptions(program.command('attach'))
    .description('take up a process of a session: its output, its input, its exit code')
    .argument('<process>', 'its id, as "ps" shows it')
    .option('--drain <MS>', 'wait so long for output of others after the command itself has ended', wholeNumber(0, longestTimerMs), 2_000)
    .addHelpText('after', note)
    .action(attach);
}

async function attach(processId: string, flags: ServerFlags & { readonly drain: number }): Promise<void> {
  const { openSession } = await import('../target.js');
  const { DisconnectedError, OutputGapError, RpcError } = await import('@exec-server/client');
  await using target = await openSession(flags);
  const { client } = target;
  try {
    const remote = await client.processes.attach(processId);
    const isTerminal = remote.isTerminal;
    const size = localTerminalSize();
    if (isTerminal && size) await remote.resize(size);
    const end = await runInForeground({ client, process: remote, isTerminal, isTakenUp: true, detachKey, drainMs: flags.drain });
    process.exitCode = reportEnd(end);
  } catch (error) {
    if (error instanceof RpcError) throw new ExitError(error.message);
    if (error instanceof DisconnectedError || error instanceof OutputGapError) throw new ExitError(error.message, exitCodes.disconnected);
    throw error;
  }
}
