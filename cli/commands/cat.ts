import type { Command } from 'commander';
import { describeFailure } from '../failure-words.js';
import { exitCodes, ExitError } from '../exit-codes.js';
import { addServerOptions, type ServerFlags } from '../options.js';
import { quoteName } from '../quoted-name.js';
import { readRemoteMark, toRemoteUrl } from '../remote-place.js';
import { StandardOutput } from '../standard-output.js';

const note = `
Paths are on the server; "remote:" may stand before them, as for cp. A file that cannot be printed is named on stderr, the
others are printed, and the exit code is 1.`;

export function registerCat(program: Command): void {
  addServerOptions(program.command('cat'))
    .description('print files of a server')
    .argument('<paths...>', 'files on the server')
    .addHelpText('after', note)
    .action(cat);
}

async function cat(paths: readonly string[], flags: ServerFlags): Promise<void> {
  const { openFiles } = await import('../target.js');
  const { isSessionOver } = await import('../copy/try-again.js');
  await using target = await openFiles(flags);
  using output = new StandardOutput();
  const { client } = target;
  for (const path of paths) {
    try {
      await output.pour(client.fs.createReadStream(toRemoteUrl(client, readRemoteMark(path) ?? path)));
    } catch (error) {
      if (error instanceof ExitError) throw error;
      if (isSessionOver(client, error)) throw new ExitError(describeFailure(error), exitCodes.disconnected);
      process.exitCode = exitCodes.failure;
      console.error(`exec-server: ${quoteName(path)}: ${describeFailure(error)}`);
    }
  }
}
