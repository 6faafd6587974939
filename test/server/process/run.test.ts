import { randomBytes } from 'node:crypto';
import { createExecServer, type ExecServer } from '@exec-server/server';
import * as assert from 'uvu/assert';
import { MemoryClient, outputOf } from '../../harness/memory-client.js';
import { allGone, isRunning } from '../../harness/process-state.js';
import { suite } from '../../harness/test.js';
import { startParams } from '../../harness/wire-client.js';

const test = suite('run');

const sh = (processId: string, script: string, more: Readonly<Record<string, unknown>> = {}) =>
  startParams(processId, ['/bin/sh', '-c', script], more);
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const bytes = (text: string | undefined): Buffer => Buffer.from(text ?? '', 'base64');

async function withClient(
  body: (client: MemoryClient, server: ExecServer) => Promise<void>,
  limits: NonNullable<Parameters<typeof createExecServer>[0]>['limits'] = {},
): Promise<void> {
  await using server = createExecServer({ limits });
  await using client = await MemoryClient.open(server);
  await body(client, server);
}

test('one answer tells everything, and nothing is notified', () =>
  withClient(async (client) => {
    const { durationMs, ...rest } = await client.result('process/run', sh('p', 'echo out; echo err >&2; exit 3'));
    assert.equal(rest, {
      processId: 'p',
      exitCode: 3,
      signal: null,
      timedOut: false,
      stdoutBase64: base64('out\n'),
      stderrBase64: base64('err\n'),
      truncated: false,
    });
    assert.ok(Number.isInteger(durationMs) && durationMs >= 0);
    assert.equal(
      client.messages.filter(({ method }) => method !== undefined),
      [],
    );
    const { processes } = await client.result('process/list');
    assert.equal(
      processes.map(({ processId, state, exitCode }) => [processId, state, exitCode]),
      [['p', 'closed', 3]],
    );
    assert.equal(await client.refusal('process/run', sh('p', '')), [-32600, 'process ID already exists']);
  }));

test('a run that is read is heard of like any other process, and answered all the same', () =>
  withClient(async (client) => {
    const run = client.request('process/run', sh('p', 'echo before; read line; echo $line', { pipeStdin: true }));
    const { nextSeq } = await client.result('process/read', { processId: 'p', waitMs: 10_000 });
    assert.is(nextSeq, 2);
    await client.result('process/write', { processId: 'p', writeId: '1', chunk: base64('after\n') });
    const events = await client.eventsOf('p');
    assert.match(outputOf(events), /^(?:before\n)?after\n$/);
    assert.is(events.at(-1)?.params?.['seq'], 4);
    assert.is(bytes(((await run).result as { stdoutBase64: string }).stdoutBase64).toString(), 'before\nafter\n');
  }));

test('T1: a death by signal and a time-out are named', () =>
  withClient(async (client) => {
    const killed = await client.result('process/run', sh('killed', 'kill -SEGV $$'));
    assert.equal([killed.exitCode, killed.signal, killed.timedOut], [139, 'SIGSEGV', false]);
    const late = await client.result('process/run', sh('late', 'trap "" TERM; echo here; sleep 600; sleep 600', { timeoutMs: 1_500 }));
    assert.equal([late.exitCode, late.signal, late.timedOut, late.stdoutBase64], [137, 'SIGKILL', true, base64('here\n')]);
  }));

test('input is written, and ended', () =>
  withClient(async (client) => {
    const input = randomBytes(3_000_000);
    const { stdoutBase64, exitCode } = await client.result('process/run', { ...sh('p', 'cat'), stdinBase64: input.toString('base64') });
    assert.ok(bytes(stdoutBase64).equals(input));
    assert.is(exitCode, 0);
    const empty = await client.result('process/run', { ...sh('empty', 'wc -c'), stdinBase64: '' });
    assert.equal([empty.exitCode, empty.stdoutBase64], [0, base64('0\n')]);
    const none = await client.result('process/run', sh('none', 'wc -c'));
    assert.equal([none.exitCode, none.stdoutBase64], [0, base64('0\n')]);
    const unread = { ...sh('unread', 'exit 4'), stdinBase64: input.toString('base64') };
    assert.is((await client.result('process/run', unread)).exitCode, 4, 'a program need not read it');
  }));

test('a terminal has one stream, and gets input typed', () =>
  withClient(async (client) => {
    const params = { ...sh('p', 'stty -echo; stty size; cat', { tty: true, size: { rows: 5, cols: 6 } }), stdinBase64: base64('typed\n') };
    const { ptyBase64, stdoutBase64, stderrBase64 } = await client.result('process/run', params);
    assert.match(bytes(ptyBase64).toString(), /5 6\r\n(?:.*\r\n)*typed\r\n/);
    assert.equal([stdoutBase64, stderrBase64], [undefined, undefined]);
  }));

test('T3: output beyond the limit is dropped and told to be, and the program goes on', () =>
  withClient(async (client) => {
    const text = Array.from({ length: 100_000 }, (_, index) => `${index + 1}\n`).join('');
    const run = (processId: string, maxOutputBytes: number) =>
      client.result('process/run', { ...sh(processId, 'seq 100000; exit 7'), maxOutputBytes });
    const cut = await run('cut', 12_345);
    assert.equal([cut.exitCode, cut.truncated, bytes(cut.stdoutBase64).toString()], [7, true, text.slice(0, 12_345)]);
    const exact = await run('exact', text.length);
    assert.equal([exact.truncated, bytes(exact.stdoutBase64).toString() === text], [false, true]);
    assert.equal([(await run('none', 0)).truncated, (await run('none 2', 0)).stdoutBase64], [true, '']);
    assert.equal(await client.refusal('process/run', { ...sh('q', ''), maxOutputBytes: 41_943_041 }), [
      -32602,
      'invalid number 41943041, expected at most 41943040 (`maxOutputBytes`)',
    ]);
  }));

test('S4: the most that can be asked for fits a message', () =>
  withClient(async (client) => {
    const most = 41_943_040;
    const params = { ...startParams('p', ['head', '-c', '50000000', '/dev/zero']), maxOutputBytes: most };
    const { truncated, stdoutBase64 } = await client.result('process/run', params);
    assert.equal([truncated, bytes(stdoutBase64).length], [true, most]);
  }));

test('a start that fails is refused, and the id stays free', () =>
  withClient(async (client) => {
    assert.equal(await client.refusal('process/run', startParams('p', ['/no/such/program'])), [
      -32603,
      'No such file or directory (os error 2)',
    ]);
    assert.equal(await client.refusal('process/run', startParams('p', [])), [-32602, 'argv must not be empty']);
    assert.is((await client.result('process/run', sh('p', 'exit 2'))).exitCode, 2);
  }));

test('P9: runs that take long hold up nobody, and terminate ends them', () =>
  withClient(
    async (client) => {
      const ids = Array.from({ length: 10 }, (_, index) => `p${index}`);
      const runs = ids.map((processId) => client.request('process/run', startParams(processId, ['sleep', '600'])));
      assert.is((await client.result('process/run', sh('quick', 'exit 1'))).exitCode, 1);
      for (const processId of ids) assert.equal(await client.result('process/terminate', { processId }), { running: true });
      for (const { result } of await Promise.all(runs)) assert.is((result as { signal: string }).signal, 'SIGKILL');
    },
    { workSlots: 1 },
  ));

test('P10: what a run has brought is not counted any more once its program has it', () =>
  withClient(
    async (client) => {
      const stdinBase64 = Buffer.alloc(150_000).toString('base64');
      const run = client.request('process/run', { ...sh('p', 'wc -c; exec sleep 600'), stdinBase64 });
      await client.find(({ result }) => result !== undefined);
      for (let wait = true; wait;) {
        const { chunks } = await client.result('process/read', { processId: 'p', waitMs: 10_000 });
        wait = chunks.length === 0;
      }
      await client.result('process/terminate', { processId: 'p' });
      assert.is(bytes(((await run).result as { stdoutBase64: string }).stdoutBase64).toString(), '150000\n');
    },
    { maxRequestBytesInFlight: 100_000 },
  ));

test('T2: who holds the pipe delays the answer, until the orphans are ended', () =>
  withClient(async (client) => {
    const run = client.request('process/run', sh('p', 'sleep 600 & echo $!; exit 5'));
    const { exited } = await readUntilExited(client);
    assert.ok(exited);
    assert.equal(await client.result('process/terminate', { processId: 'p' }), { running: false });
    assert.equal(await client.result('process/terminate', { processId: 'p', orphans: true }), { running: true });
    const { exitCode, stdoutBase64 } = (await run).result as { exitCode: number; stdoutBase64: string };
    assert.is(exitCode, 5);
    await allGone([Number(bytes(stdoutBase64).toString())]);
  }));

async function readUntilExited(client: MemoryClient) {
  for (let afterSeq = 0; ;) {
    const read = await client.result('process/read', { processId: 'p', afterSeq, waitMs: 10_000 });
    if (read.exited) return read;
    afterSeq = read.nextSeq - 1;
  }
}

test('P8: a run whose connection is lost becomes a process like any other', () =>
  withClient(async (_first, server) => {
    const lost = new MemoryClient(server);
    const sessionId = await lost.handshake();
    lost.send({ id: 'run', method: 'process/run', params: sh('p', 'echo before; read line; echo "after $line"', { pipeStdin: true }) });
    await lost.result('process/read', { processId: 'p', waitMs: 10_000 });
    await lost.close();
    await using client = await MemoryClient.open(server, sessionId);
    const { chunks, exited } = await client.result('process/read', { processId: 'p' });
    assert.equal([bytes(chunks[0]?.chunk).toString(), exited], ['before\n', false]);
    await client.result('process/write', { processId: 'p', writeId: '1', chunk: base64('the cut\n') });
    const events = await client.eventsOf('p');
    assert.equal([outputOf(events), events.map(({ method }) => method).at(-1)], ['after the cut\n', 'process/closed']);
  }));

test('a run whose session is closed is refused, and its program is killed', () =>
  withClient(async (client) => {
    const run = client.request('process/run', sh('p', 'echo $$; exec sleep 600'));
    const { chunks } = await client.result('process/read', { processId: 'p', waitMs: 10_000 });
    const pid = Number(bytes(chunks[0]?.chunk).toString());
    assert.ok(isRunning(pid));
    assert.equal(await client.result('session/close'), { terminated: 1 });
    assert.equal((await run).error?.data, { reason: 'sessionEnded' });
    await allGone([pid]);
  }));

test('S4: the answers of all runs share a budget, which is given back', () =>
  withClient(
    async (client) => {
      const run = (processId: string, bytesWanted: number) =>
        client.result('process/run', startParams(processId, ['head', '-c', String(bytesWanted), '/dev/zero']));
      for (let round = 0; round < 3; round++) {
        assert.equal((await run(`small ${round}`, 900)).truncated, false);
        assert.equal([(await run(`large ${round}`, 1_100)).truncated], [true]);
      }
    },
    { runOutputBytesPerServer: 1_000 },
  ));
