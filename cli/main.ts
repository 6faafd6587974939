import { createRequire } from 'node:module';
import { Command, CommanderError } from 'commander';
import { commandsToLoad, loaders } from './commands/index.js';
import { exitCodes, ExitError } from './exit-codes.js';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

const examples = `
Examples:
  exec-server                                        serve on a free port of 127.0.0.1; the URL is printed
  exec-server --listen ws://127.0.0.1:4711           serve on a port of your choice
  exec-server exec -- uname -a                       run a command on a server of its own
  exec-server exec --url ws://127.0.0.1:4711 -- make run a command on that server
  exec-server exec --url ws://… --tty -- vim notes   the same in a terminal
  exec-server exec --url ws://… --detach -- make     leave it running; then: ps, attach, kill
  exec-server fetch --url ws://… -L http://intra/    make an HTTP request from there
  exec-server cp --url ws://… -r src remote:/srv/app  copy files there, or back; also: ls, cat
  exec-server mcp run mcp.toml                       start MCP servers, each where it is to run

"exec-server COMMAND --help" tells more of each command.`;

const program = new Command('exec-server')
  .description('Runs commands on another machine over one WebSocket. Without a command it serves.')
  .version(version)
  .addHelpText('after', examples)
  .showHelpAfterError('(--help shows what there is)')
  .enablePositionalOptions()
  .exitOverride();
for (const name of commandsToLoad(process.argv.slice(2))) await loaders[name]?.(program);

process.exit(await run());

/** Runs the command line and resolves with the exit code. */
async function run(): Promise<number> {
  try {
    await program.parseAsync();
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
    if (!(error instanceof ExitError)) throw error;
    if (error.message !== '') console.error(`Error: ${error.message}`);
    return error.exitCode;
  }
}
