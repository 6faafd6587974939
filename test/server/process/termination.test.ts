import { createExecServer } from '@exec-server/server';
import * as assert from 'uvu/assert';
import { MemoryClient, outputOf } from '../../harness/memory-client.js';
import { allGone, isRunning } from '../../harness/process-state.js';
import { suite } from '../../harness/test.js';
import { startParams } from '../../harness/wire-client.js';

const test = suite('termination');

const sh = (processId: string, script: string, more: Readonly<Record<string, unknown>> = {}) =>
  startParams(processId, ['/bin/sh', '-c', script], more);

async function withClient(body: (client: MemoryClient) => Promise<void>): Promise<void> {
  await using server = createExecServer();
  await using client = await MemoryClient.open(server);
  await body(client);
}

/** Waits for the notification and returns its params. */
const notified = async (client: MemoryClient, method: string, processId: string) =>
  (await client.find((message) => message.method === method && message.params?.['processId'] === processId)).params;
/** Exit code, signal and whether it timed out, as reported. */
const exitOf = async (client: MemoryClient, processId: string): Promise<unknown[]> => {
  const exited = await notified(client, 'process/exited', processId);
  return [exited?.['exitCode'], exited?.['signal'], exited?.['timedOut']];
};
/** Waits for output and returns the numbers in it. */
const printedPids = async (client: MemoryClient, processId: string, count: number): Promise<number[]> => {
  const read = (): number[] => {
    const own = client.messages.filter(({ params }) => params?.['processId'] === processId);
    return (outputOf(own).match(/\d+(?=\n)/g) ?? []).map(Number);
  };
  await client.find(() => read().length >= count);
  return read();
};

test('P8: with a grace the group is asked to end first, and a program that does so is not killed', () =>
  withClient(async (client) => {
    await client.request('process/start', sh('p', 'trap "echo bye; exit 5" TERM; echo ready; while :; do sleep 0.01; done'));
    await client.find(({ method }) => method === 'process/output');
    assert.equal(await client.result('process/terminate', { processId: 'p', graceMs: 60_000 }), { running: true });
    const events = await client.eventsOf('p');
    assert.is(outputOf(events), 'ready\nbye\n');
    const exited = events.find(({ method }) => method === 'process/exited')?.params;
    assert.equal([exited?.['exitCode'], exited?.['signal']], [5, undefined]);
    assert.equal(await client.result('process/terminate', { processId: 'p', graceMs: 60_000 }), { running: false });
  }));

test('P8: at the end of the grace whatever is left of the group is killed, after the end of the program too', () =>
  withClient(async (client) => {
    await client.request('process/start', sh('deaf', 'trap "" TERM; sleep 600 & echo $!; wait; sleep 600'));
    const leaving = 'trap "exit 0" TERM; sh -c \'trap "" TERM; echo $$; sleep 600; sleep 600\' & wait';
    await client.request('process/start', sh('leaving', leaving));
    const pids = [...(await printedPids(client, 'deaf', 1)), ...(await printedPids(client, 'leaving', 1))];
    for (const processId of ['deaf', 'leaving'])
      assert.equal(await client.result('process/terminate', { processId, graceMs: 100 }), { running: true });
    assert.is((await notified(client, 'process/exited', 'deaf'))?.['signal'], 'SIGKILL');
    assert.is((await notified(client, 'process/exited', 'leaving'))?.['exitCode'], 0);
    await Promise.all([client.eventsOf('deaf'), client.eventsOf('leaving')]);
    await allGone(pids);
  }));

test('P8: a later terminate shortens the grace and never lengthens it', () =>
  withClient(async (client) => {
    const terminate = (graceMs?: number) => client.result('process/terminate', { processId: 'p', graceMs });
    await client.request('process/start', sh('p', 'trap "" TERM; echo ready; sleep 600; sleep 600'));
    await client.find(({ method }) => method === 'process/output');
    assert.equal([await terminate(600_000), await terminate(900_000)], [{ running: true }, { running: true }]);
    assert.equal([await terminate(), await terminate(), await terminate(10)], [{ running: true }, { running: false }, { running: false }]);
    assert.is((await notified(client, 'process/exited', 'p'))?.['signal'], 'SIGKILL');
    await client.eventsOf('p');
  }));

test('P8: a grace that no timer can hold is refused', () =>
  withClient(async (client) => {
    for (const graceMs of [-1, 1.5, 2 ** 31, '1'])
      assert.equal((await client.refusal('process/terminate', { processId: 'p', graceMs }))[0], -32602);
  }));

test('P8: orphans of a program that has ended are left alone, unless they are asked for', () =>
  withClient(async (client) => {
    const terminate = (more: object = {}) => client.result('process/terminate', { processId: 'p', ...more });
    await client.request('process/start', sh('p', 'sleep 600 & echo $!'));
    const [pid = 0] = await printedPids(client, 'p', 1);
    await notified(client, 'process/exited', 'p');
    assert.equal(await terminate(), { running: false });
    assert.ok(isRunning(pid), 'it holds the pipe: the base leaves it alone');
    assert.equal(await terminate({ orphans: true }), { running: true });
    await client.eventsOf('p');
    await allGone([pid]);
  }));

test('P8: orphans of a closed process are reached too, with a grace if one is given', () =>
  withClient(async (client) => {
    const start = (processId: string, script: string) =>
      client.request('process/start', sh(processId, `sh -c '${script}' >/dev/null 2>&1 & echo $!`));
    await start('mild', 'exec sleep 600');
    await start('deaf', 'trap "" TERM; sleep 600; sleep 600');
    await client.eventsOf('mild');
    await client.eventsOf('deaf');
    const pids = [...(await printedPids(client, 'mild', 1)), ...(await printedPids(client, 'deaf', 1))];
    assert.ok(pids.every(isRunning));
    assert.equal(await client.result('process/terminate', { processId: 'mild', orphans: true, graceMs: 600_000 }), { running: true });
    assert.equal(await client.result('process/terminate', { processId: 'deaf', orphans: true, graceMs: 20 }), { running: true });
    await allGone(pids);
  }));

test('T1: a program that takes longer than it may is killed with its group, and is told to have timed out', () =>
  withClient(async (client) => {
    for (const tty of [false, true]) {
      const processId = `tty ${tty}`;
      const script = 'trap "" TERM HUP INT; (trap "" TERM HUP INT; sleep 600; sleep 600) & echo $!; wait';
      await client.result('process/start', sh(processId, script, { tty, timeoutMs: 800 }));
      assert.equal(await exitOf(client, processId), [137, 'SIGKILL', true]);
      const output = outputOf(await client.eventsOf(processId), tty ? 'pty' : 'stdout');
      await allGone([Number(output)]);
      const { timedOut, exitCode } = await client.result('process/read', { processId });
      assert.equal([timedOut, exitCode], [true, 137]);
    }
    const { processes } = await client.result('process/list');
    assert.equal(
      processes.map(({ timedOut }) => timedOut),
      [true, true],
    );
  }));

test('T1: a program that ends in time has not timed out, whatever comes later', () =>
  withClient(async (client) => {
    await client.result('process/start', sh('p', 'exit 0', { timeoutMs: 600_000 }));
    await client.eventsOf('p');
    assert.equal(await exitOf(client, 'p'), [0, undefined, undefined]);
    await client.result('process/start', startParams('q', ['sleep', '600'], { timeoutMs: 600_000 }));
    await client.result('process/terminate', { processId: 'q' });
    await client.eventsOf('q');
    assert.equal(await exitOf(client, 'q'), [137, 'SIGKILL', undefined], 'it was terminated, not timed out');
  }));

test('T1, P8: what a program leaves behind is killed at its deadline, and its own end stays what it was', () =>
  withClient(async (client) => {
    await client.result('process/start', sh('p', 'sleep 600 & echo $!; exit 3', { timeoutMs: 2_000 }));
    const [pid = 0] = await printedPids(client, 'p', 1);
    await client.eventsOf('p');
    assert.equal(await exitOf(client, 'p'), [3, undefined, undefined]);
    await allGone([pid]);
  }));

test('T1: the deadline shortens a grace', () =>
  withClient(async (client) => {
    await client.result('process/start', sh('p', 'trap "" TERM; echo ready; sleep 600; sleep 600', { timeoutMs: 2_000 }));
    await client.find(({ method }) => method === 'process/output');
    await client.result('process/terminate', { processId: 'p', graceMs: 600_000 });
    await client.eventsOf('p');
    assert.equal(await exitOf(client, 'p'), [137, 'SIGKILL', true]);
  }));

test('S5: a deadline that no timer can hold is refused', () =>
  withClient(async (client) => {
    for (const timeoutMs of [0, -1, 0.5, 2 ** 31]) {
      const [code, message] = await client.refusal('process/start', sh('p', '', { timeoutMs }));
      assert.is(code, -32602);
      assert.match(message ?? '', 'timeoutMs');
    }
  }));
