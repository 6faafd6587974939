import type { Command } from 'commander';
import type { ProcessListResult } from '@exec-server/client';
import { addServerOptions, type ServerFlags } from '../options.js';

type Entry = ProcessListResult['processes'][number];

export function registerPs(program: Command): void {
  addServerOptions(program.command('ps')).description('list the processes of a session').option('--json', 'print JSON', false).action(ps);
}

async function ps(flags: ServerFlags & { readonly json: boolean }): Promise<void> {
  const { openSession } = await import('../target.js');
  await using target = await openSession(flags);
  const { processes } = await target.client.processes.list();
  if (flags.json) console.log(JSON.stringify(processes, null, 2));
  else printTable(processes);
}

function printTable(processes: readonly Entry[]): void {
  const rows = [['PROCESS', 'PID', 'STATE', 'EXIT', 'STARTED', 'COMMAND'], ...processes.map(toRow)];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  for (const row of rows)
    console.log(row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('  '));
}

function toRow(entry: Entry): string[] {
  const exit = entry.timedOut === true ? 'timed-out' : (entry.signal ?? entry.exitCode?.toString() ?? '-');
  const started = new Date(entry.startedAtMs).toISOString().replace(/\.\d+Z$/, 'Z');
  return [entry.processId, entry.pid?.toString() ?? '-', entry.state, exit, started, entry.argv.map(quote).join(' ')];
}

/** Readable rather than ready for a shell: it is only shown. Control characters must not reach the terminal. */
function quote(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : JSON.stringify(argument);
}
