import type { Command } from 'commander';
import { addServerOptions, type ServerFlags } from '../options.js';

interface LsFlags extends ServerFlags {
  readonly all: boolean;
  readonly long: boolean;
  readonly json: boolean;
}

const note = `
Paths are on the server; "remote:" may stand before them, as for cp. Without one: its working directory. On a terminal names
are shown in columns, quoted where they are not plain; elsewhere one a line, as they are. -l shows what it is (d directory,
- file, l link, ? something else), size and time of the last change: the wire tells no owner and no permission bits.
Links that lead nowhere are not listed by servers.`;

export function registerLs(program: Command): void {
  addServerOptions(program.command('ls'))
    .description('list files of a server')
    .argument('[paths...]', 'files and directories on the server')
    .option('-a, --all', 'also names that begin with a dot', false)
    .option('-l, --long', 'kind, size and time of each', false)
    .option('--json', 'print JSON', false)
    .addHelpText('after', note)
    .action(ls);
}

async function ls(paths: readonly string[], flags: LsFlags): Promise<void> {
  const { openFiles } = await import('../target.js');
  const { list } = await import('../list/list.js');
  await using target = await openFiles(flags);
  process.exitCode = await list(target.client, paths.length === 0 ? [''] : paths, flags);
}
