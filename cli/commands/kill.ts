import type { Command } from 'commander';
import { ExitError } from '../exit-codes.js';
import { addServerOptions, type ServerFlags } from '../options.js';

export function registerKill(program: Command): void {
  addServerOptions(program.command('kill'))
    .description('end a process of a session, with everything in its process group')
    .argument('<process>', 'its id, as "ps" shows it')
    .option('--interrupt', 'interrupt it, as Ctrl-C does, instead', false)
    .action(kill);
}

async function kill(processId: string, flags: ServerFlags & { readonly interrupt: boolean }): Promise<void> {
  const { openSession } = await import('../target.js');
  await using target = await openSession(flags);
  const { processes } = target.client;
  const found = (await processes.list()).processes.find((entry) => entry.processId === processId);
  if (!found) throw new ExitError(`the session has no process ${processId}`);
  if (found.state !== 'running') throw new ExitError(`process ${processId} is not running: ${found.state}`);
  const remote = await processes.attach(processId);
  if (flags.interrupt) await remote.signal('interrupt');
  else await remote.terminate();
}
