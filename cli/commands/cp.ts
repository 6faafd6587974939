import type { Command } from 'commander';
import { limits } from '@exec-server/protocol';
import { exitCodes, ExitError } from '../exit-codes.js';
import { addServerOptions, type ServerFlags, wholeNumber } from '../options.js';

interface CpFlags extends ServerFlags {
  readonly recursive: boolean;
  readonly quiet: boolean;
  readonly jobs: number;
}

const note = `
A path on the server begins with "remote:", or only ":"; behind that, nothing and relative paths mean the server's working
directory, "~" the home directory there. A file here whose name begins so is written ./:name. "-" is stdin or stdout.

  exec-server cp --url ws://127.0.0.1:4711 notes.txt remote:/srv/notes.txt
  exec-server cp -r src include remote:project/           several sources go into a directory
  exec-server cp -r remote:/var/log/app logs
  exec-server cp remote:/etc/hosts - | wc -l
  tar c . | exec-server cp - remote:/tmp/all.tar

A file gets its name at the destination when it is complete; what is begun is removed again after a failure and on Ctrl-C.
When the connection breaks, copying goes on as soon as it is back. Links are followed. Permission bits do not travel; those
of a file that is replaced are kept.`;

export function registerCp(program: Command): void {
  addServerOptions(program.command('cp'))
    .description('copy files to a server, or from it')
    .argument('<paths...>', 'sources, and the destination last')
    .option('-r, --recursive', 'copy directories with all they contain', false)
    .option('-q, --quiet', 'no progress bar', false)
    .option('-j, --jobs <N>', 'files to copy at the same time', wholeNumber(1, limits.mostCopyFilesInFlight), limits.copyFilesInFlight)
    .addHelpText('after', note)
    .action(cp);
}

async function cp(paths: readonly string[], flags: CpFlags): Promise<void> {
  if (paths.length < 2) throw new ExitError('a source and a destination are needed', exitCodes.usage);
  const { readCopyRequest } = await import('../copy/copy-request.js');
  const { copy } = await import('../copy/copy.js');
  const request = readCopyRequest(paths);
  const { openFiles } = await import('../target.js');
  await using target = await openFiles(flags);
  process.exitCode = await copy(target.client, request, flags);
}
