import type { BridgeEnd, EnvVar } from '@exec-server/mcp';
import type { Command } from 'commander';
import { exitCodes, ExitError, startExitCode } from '../exit-codes.js';
import { addServerOptions, collect, collectVariable, type ServerFlags } from '../options.js';
import { waitForEnding } from '../shutdown.js';

interface BridgeFlags extends ServerFlags {
  readonly cwd?: string;
  readonly env: Readonly<Record<string, string>>;
  readonly passEnv: readonly string[];
  readonly remoteEnv: readonly string[];
}

const note = `
In the configuration of an MCP host (a desktop app, an editor, an agent), put this in front of the command of a server:

  "command": "exec-server",
  "args": ["mcp", "bridge", "--url", "ws://build-host:4711", "--", "npx", "-y", "@modelcontextprotocol/server-filesystem", "/srv"]

The server then runs on the machine of that URL; its program is looked up there. It gets the core variables of that machine (PATH,
HOME, LANG, …), and those of --env, --pass-env and --remote-env. A lost connection is sought again for a minute; no message is
lost or doubled. The exit code is that of the server; 0 when it was killed after the end of its input; 255: the machine cannot be reached, or
a message was lost.`;

export function registerMcpBridge(mcp: Command): void {
  addServerOptions(mcp.command('bridge'))
    .description('run an MCP server on another machine so that it looks like a local one on stdin and stdout')
    .argument('<command...>', 'program of the server and its arguments, after `--`')
    .option('--cwd <DIR>', 'directory on that machine (default: that of the exec-server)')
    .option('--env <NAME=VALUE>', 'set a variable (may be repeated)', collectVariable, {})
    .option('--pass-env <NAME>', 'pass on a variable from here (may be repeated)', collect, [])
    .option('--remote-env <NAME>', 'let it have a variable of that machine (may be repeated)', collect, [])
    .passThroughOptions()
    .addHelpText('after', note)
    .action(bridge);
}

async function bridge(argv: readonly string[], flags: BridgeFlags): Promise<void> {
  const { openTarget } = await import('../target.js');
  const { DisconnectedError, OutputGapError, RpcError } = await import('@exec-server/client');
  const { bridgeStdio, toStartEnvironment } = await import('@exec-server/mcp');
  const giveUp = new AbortController();
  void waitForEnding().then(() => giveUp.abort(new ExitError('', 0)));
  await using target = await openTarget(flags);
  const envVars: EnvVar[] = [...flags.passEnv, ...flags.remoteEnv.map((name) => ({ name, source: 'remote' as const }))];
  try {
    const end = await bridgeStdio({
      client: target.client,
      argv,
      cwd: flags.cwd ?? (target.isEmbedded ? process.cwd() : undefined),
      ...toStartEnvironment(flags.env, envVars, process.env),
      input: process.stdin,
      output: process.stdout,
      stderr: (line) => console.error(line),
      signal: giveUp.signal,
    });
    process.exitCode = toExitCode(end);
  } catch (error) {
    if (error instanceof DisconnectedError || error instanceof OutputGapError || error instanceof RangeError)
      throw new ExitError(`the server is lost: ${error.message}`, exitCodes.disconnected);
    if (error instanceof RpcError) throw new ExitError(`${argv[0]}: ${error.message}`, startExitCode(error.message));
    throw error;
  }
}

function toExitCode(end: BridgeEnd): number {
  if (end.by === 'input') return 0;
  return end.by === 'output' ? exitCodes.brokenPipe : end.exit.exitCode;
}
