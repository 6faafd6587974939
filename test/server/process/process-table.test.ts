import * as assert from 'uvu/assert';
import { type Limits, RpcError } from '@exec-server/protocol';
import { Process } from '#server/process/process.js';
import type { ProcessHost } from '#server/process/process-host.js';
import { ProcessTable, type StartingProcess } from '#server/process/process-table.js';
import { createHost, Reports } from '../../harness/fake-child.js';
import { launchRequest, turns } from '../../harness/launching.js';
import { suite } from '../../harness/test.js';

const test = suite('process-table');

interface Made {
  readonly host: ProcessHost;
  readonly table: ProcessTable;
  readonly reports: Reports;
}

/** A table on a host of its own; both are closed at the end. */
async function withTable(limits: Partial<Limits>, body: (made: Made) => Promise<void>): Promise<void> {
  const host = createHost(limits);
  const reports = new Reports();
  const table = new ProcessTable(host, reports);
  try {
    await body({ host, table, reports });
  } finally {
    table.close();
    await host.close();
    assert.equal([host.live, host.retention.bytes], [0, 0], 'nothing is left');
  }
}

const sleeper = launchRequest(['sleep', '60']);

function reasonOf(task: () => unknown): string {
  try {
    task();
  } catch (error) {
    if (error instanceof RpcError) return String(error.reason);
    throw error;
  }
  return 'no error';
}

const failureOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no error',
    (error: unknown) => (error instanceof RpcError ? `${error.reason}: ${error.message}` : String(error)),
  );

async function start(table: ProcessTable, id: string, script: string): Promise<Process> {
  const process = await table.start(id, table.reserve(id, launchRequest(['/bin/sh', '-c', script])));
  process.begin();
  return process;
}

/** Waits for a line of the reports. */
async function until(reports: Reports, fits: (line: string) => boolean): Promise<void> {
  while (!reports.lines.some(fits)) await turns(1);
}

test('an id is taken the moment it is reserved', () =>
  withTable({}, async ({ host, table }) => {
    assert.is(table.isEmpty, true);
    const starting = table.reserve('p', sleeper);
    assert.is(
      reasonOf(() => table.reserve('p', sleeper)),
      'processIdTaken',
    );
    assert.is(table.get('p'), starting);
    assert.is(host.live, 1);
    table.release('p', starting);
    table.release('p', starting);
    assert.equal([table.isEmpty, host.live], [true, 0]);
  }));

test('an id may be any string', () =>
  withTable({}, async ({ table }) => {
    for (const id of ['', '__proto__', 'constructor', 'x'.repeat(10_000), '😀', 'a/b']) {
      const starting = table.reserve(id, sleeper);
      assert.is(table.get(id), starting);
      table.release(id, starting);
    }
  }));

test('a started process takes the place of its reservation, and reports once it begins', () =>
  withTable({}, async ({ host, table, reports }) => {
    const process = await start(table, 'p', 'echo hello');
    assert.is(table.get('p'), process);
    await until(reports, (line) => line.endsWith('closed'));
    assert.equal(reports.lines.map((line) => line.replace(/^\d+ /, '')).toSorted(), ['closed', 'exited', 'stdout hello\n']);
    assert.equal([host.live, table.closedCount, table.isEmpty], [0, 1, false]);
    assert.is(
      reasonOf(() => table.reserve('p', sleeper)),
      'processIdTaken',
      'it is retained',
    );
    assert.equal(
      process.log.readAfter(0, Infinity).map(({ chunk }) => chunk.toString()),
      ['hello\n'],
    );
  }));

test('whoever waits for a start learns when it is settled, be it well or not', () =>
  withTable({}, async ({ table }) => {
    const good = table.reserve('good', sleeper);
    const bad = table.reserve('bad', launchRequest(['/no/such/program']));
    const starts = [table.start('good', good), failureOf(table.start('bad', bad))] as const;
    await Promise.all([good.settled, bad.settled]);
    assert.instance(table.get('good'), Process);
    assert.is(table.get('bad'), undefined);
    await starts[0];
    assert.is(await starts[1], 'startFailed: No such file or directory (os error 2)');
  }));

test('a start that failed leaves the id and the place free', () =>
  withTable({ maxProcesses: 1 }, async ({ host, table }) => {
    for (let round = 0; round < 3; round++) {
      const starting = table.reserve('p', launchRequest(['/no/such/program']));
      await failureOf(table.start('p', starting));
      assert.equal([host.live, table.isEmpty], [0, true]);
    }
    await start(table, 'p', 'exit 0');
  }));

test('S4: there are as many processes as the limit says, over all sessions, and no more', () =>
  withTable({ maxProcesses: 2 }, async ({ host, table }) => {
    const other = new ProcessTable(host, new Reports());
    const [a, b] = [table.reserve('a', sleeper), other.reserve('b', sleeper)];
    assert.is(
      reasonOf(() => table.reserve('c', sleeper)),
      'limitExceeded',
    );
    other.release('b', b);
    const c = table.reserve('c', sleeper);
    table.release('a', a);
    table.release('c', c);
  }));

test('a closed process is forgotten after its time, and its id and its output are free again', () =>
  withTable({ closedProcessMs: 1 }, async ({ host, table, reports }) => {
    await start(table, 'p', 'echo hello');
    await until(reports, (line) => line.endsWith('closed'));
    while (table.get('p')) await turns(1);
    assert.equal([table.closedCount, table.isEmpty, host.retention.bytes], [0, true, 0]);
    await start(table, 'p', 'exit 0');
  }));

test('closing kills everything, counts what was alive and reports nothing any more', () =>
  withTable({}, async ({ host, table, reports }) => {
    await start(table, 'ended', 'echo x');
    await until(reports, (line) => line.endsWith('closed'));
    const running = await start(table, 'running', 'trap "" TERM HUP INT; echo ready; sleep 60 & wait');
    await until(reports, (line) => line.includes('ready'));
    const before = [...reports.lines];
    assert.is(table.close(), 1);
    assert.is(table.close(), 0);
    await host.close();
    assert.equal(reports.lines, before);
    assert.equal([running.state, running.endSignal], ['closed', 'SIGKILL']);
    assert.is(
      reasonOf(() => table.reserve('new', sleeper)),
      'sessionEnded',
    );
  }));

test('P8: a process whose start is under way when the table closes is not left behind', () =>
  withTable({ launchesPerTurn: 1 }, async ({ host, table }) => {
    const starts = ['a', 'b', 'c'].map((id) => {
      const starting: StartingProcess = table.reserve(id, sleeper);
      return failureOf(table.start(id, starting));
    });
    assert.is(table.close(), 3);
    for (const [at, outcome] of (await Promise.all(starts)).entries()) {
      assert.is(outcome, `startCancelled: process ${'abc'[at]} start was cancelled`);
    }
    await host.close();
    assert.is(host.live, 0);
  }));

test('a start that was cancelled before its turn launches nothing', () =>
  withTable({}, async ({ host, table }) => {
    const starting = table.reserve('p', sleeper);
    table.close();
    assert.match(await failureOf(table.start('p', starting)), /^startCancelled/);
    assert.is(host.counters.processesStarted, 0);
  }));
