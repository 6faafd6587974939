import type { Command } from 'commander';
import { exitCodes, ExitError } from '../exit-codes.js';
import { formatServers } from '../mcp-table.js';
import { waitForEnding } from '../shutdown.js';

interface RunFlags {
  readonly check: boolean;
  readonly once: boolean;
  readonly json: boolean;
}

const note = `
CONFIG is TOML ([mcp_servers.NAME]) or JSON ({"mcpServers": {…}}); each server says its environment: local (the default), or an
executor of the file ([environments.NAME] with url and token_env_var). What servers print on their standard error goes to ours.

Ends with Ctrl-C, and with it every server. 1: the configuration cannot be used, or a required server does not start;
with --once also when any server does not.`;

export function registerMcpRun(mcp: Command): void {
  mcp
    .command('run')
    .description('start all MCP servers of a configuration, each where it is to run, and keep them running')
    .argument('<config>', 'file with the servers')
    .option('--check', 'print what the file says, without secrets, and start nothing', false)
    .option('--once', 'end when every server has started or failed', false)
    .option('--json', 'print the status as JSON, a line whenever it changes', false)
    .addHelpText('after', note)
    .action(run);
}

async function run(file: string, flags: RunFlags): Promise<void> {
  const { describeMcpConfig } = await import('@exec-server/mcp');
  const { openServers, readConfig } = await import('../mcp-servers.js');
  const set = await readConfig(file);
  if (flags.check) {
    console.log(JSON.stringify(describeMcpConfig(set), null, 2));
    return;
  }
  let isRunning = false;
  const giveUp = new AbortController();
  const ending = waitForEnding();
  void ending.then(() => giveUp.abort());
  const print = (): void => {
    const statuses = servers.connections.status();
    console.log(
      flags.json
        ? JSON.stringify(statuses.map((status) => ({ ...status, error: status.error?.message ?? null })))
        : formatServers(statuses),
    );
  };
  await using servers = await openServers(set, {
    stderr: (line, server) => console.error(`[${server}] ${line}`),
    onStatus: ({ name, state, error }) => {
      if (!isRunning) return;
      if (flags.json) print();
      else console.log(`${name} ${state}${error ? `: ${error.message}` : ''}`);
    },
    signal: giveUp.signal,
  });
  print();
  const hasFailed = servers.connections.status().some(({ state }) => state === 'failed');
  if (flags.once) {
    if (hasFailed) throw new ExitError('', exitCodes.failure);
    return;
  }
  isRunning = true;
  await ending;
  isRunning = false;
}
