import { readFileSync } from 'node:fs';
import { wireSignals } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { createExecServer } from '@exec-server/server';
import { MemoryClient, outputOf } from '../../harness/memory-client.js';
import { suite } from '../../harness/test.js';
import { startParams } from '../../harness/wire-client.js';

// Node hands it to every child when coverage is measured.
delete process.env['NODE_V8_COVERAGE'];

const test = suite('process handlers');

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const stateOf = (pid: unknown): string => readFileSync(`/proc/${String(pid)}/stat`, 'utf8').replace(/^.*\) (\w).*$/s, '$1');
const sh = (processId: string, script: string, more: Readonly<Record<string, unknown>> = {}) =>
  startParams(processId, ['/bin/sh', '-c', script], more);

async function withClient(
  body: (client: MemoryClient) => Promise<void>,
  options: Parameters<typeof createExecServer>[0] = {},
): Promise<void> {
  await using server = createExecServer(options);
  await using client = await MemoryClient.open(server);
  await body(client);
}

test('a start answers before the first event, with the id, the pid and no sandbox', () =>
  withClient(async (client) => {
    const { pid, ...result } = await client.result('process/start', sh('p', 'echo hi; exit 3'));
    assert.equal(result, { processId: 'p', sandboxType: 'none' });
    assert.ok((pid as number) > 0);
    const events = await client.eventsOf('p');
    assert.is(outputOf(events), 'hi\n');
    assert.equal(
      events.map(({ params }) => params?.['seq']),
      [1, 2, 3],
    );
    const exited = events.find(({ method }) => method === 'process/exited');
    assert.is(exited?.params?.['exitCode'], 3);
    const first = client.messages.findIndex(({ method }) => method !== undefined);
    assert.ok(first > client.messages.findIndex(({ result: answer }) => (answer as { pid?: number } | undefined)?.pid === pid));
  }));

test('T1: a death by signal is named', () =>
  withClient(async (client) => {
    await client.request('process/start', sh('p', 'kill -KILL $$'));
    const exited = (await client.eventsOf('p')).find(({ method }) => method === 'process/exited');
    assert.equal([exited?.params?.['exitCode'], exited?.params?.['signal']], [137, 'SIGKILL']);
  }));

test('checks come in the order of the base: cwd, sandbox, argv, id, program', () =>
  withClient(async (client) => {
    const bad = { cwd: 'file://host/x', sandbox: { permissions: { type: 'external' } }, argv: [] as string[] };
    const refusal = (more: object): Promise<readonly unknown[]> => client.refusal('process/start', { ...sh('p', ''), ...more });
    await client.request('process/start', startParams('p', ['sleep', '60']));
    assert.equal(await refusal(bad), [
      -32602,
      "cwd URI `file://host/x` is not valid on this exec-server host: 'file://host/x' is invalid on 'linux'",
    ]);
    assert.equal(await refusal({ ...bad, cwd: 'file:///' }), [-32603, 'filesystem sandbox cannot be enforced on this executor']);
    assert.equal(await refusal({ argv: [] }), [-32602, 'argv must not be empty']);
    assert.equal(await refusal({ argv: ['/no/such/program'] }), [-32600, 'process ID already exists']);
    assert.equal(await refusal({ processId: 'q', argv: [''] }), [-32603, 'missing program for pipe spawn']);
    assert.equal(await refusal({ processId: 'q', argv: [''], tty: true }), [-32603, 'missing program for PTY spawn']);
    assert.equal(await refusal({ processId: 'q', argv: ['/no/such/program'] }), [-32603, 'No such file or directory (os error 2)']);
  }));

test('an id is taken while the process lives and while it is retained', () =>
  withClient(async (client) => {
    await client.request('process/start', sh('p', 'exit 0'));
    await client.eventsOf('p');
    assert.equal(await client.refusal('process/start', sh('p', '')), [-32600, 'process ID already exists']);
    assert.equal(await client.refusal('process/start', sh('bad', '', { cwd: 'file:///no/such/directory' })), [
      -32603,
      'No such file or directory (os error 2)',
    ]);
    await client.result('process/start', sh('bad', 'exit 0'));
  }));

test('the environment is what policy and request say, with odd names kept', () =>
  withClient(
    async (client) => {
      const envPolicy = { inherit: 'all', ignoreDefaultExcludes: false, exclude: [], set: { SET: '1' }, includeOnly: [] };
      client.send(
        `{"id":1,"method":"process/start","params":{"processId":"p","argv":["/bin/cat","/proc/self/environ"],"cwd":"file:///","tty":false,` +
          `"envPolicy":${JSON.stringify(envPolicy)},"env":{"__proto__":"proto","constructor":"c"}}}`,
      );
      const variables = outputOf(await client.eventsOf('p'))
        .split('\0')
        .slice(0, -1);
      assert.equal(variables.toSorted(), ['OWN=own', 'SET=1', '__proto__=proto', 'constructor=c']);
    },
    { environment: { OWN: 'own', MY_TOKEN: 'secret', UNSET: undefined } },
  ));

test('P9: a write, a read and a terminate sent along with the start find the process, in order', () =>
  withClient(async (client) => {
    client.send({ id: 'start', method: 'process/start', params: startParams('p', ['cat'], { pipeStdin: true }) });
    for (let at = 0; at < 20; at++)
      client.send({ id: at, method: 'process/write', params: { processId: 'p', writeId: `w${at}`, chunk: base64(`${at} `) } });
    client.send({ id: 'end', method: 'process/closeStdin', params: { processId: 'p', writeId: 'end' } });
    client.send({ id: 'read', method: 'process/read', params: { processId: 'p', waitMs: 60_000 } });
    const events = await client.eventsOf('p');
    assert.is(outputOf(events), Array.from({ length: 20 }, (_, at) => `${at} `).join(''));
    const { result } = await client.find(({ id }) => id === 'read');
    assert.ok((result as { chunks: unknown[] }).chunks.length > 0);

    client.send({ id: 'start2', method: 'process/start', params: startParams('q', ['sleep', '60']) });
    client.send({ id: 'terminate2', method: 'process/terminate', params: { processId: 'q' } });
    assert.equal((await client.find(({ id }) => id === 'terminate2')).result, { running: true });
    assert.ok((await client.find(({ id }) => id === 'start2')).result, 'the start is answered as well');
    await client.eventsOf('q');
  }));

test('requests sent along with a start that fails are told that there is no such process', () =>
  withClient(async (client) => {
    client.send({ id: 'start', method: 'process/start', params: startParams('p', ['/no/such/program']) });
    const [read, write, terminate, signal] = await Promise.all([
      client.request('process/read', { processId: 'p', waitMs: 60_000 }),
      client.request('process/write', { processId: 'p', writeId: '1', chunk: '' }),
      client.request('process/terminate', { processId: 'p' }),
      client.request('process/signal', { processId: 'p', signal: 'interrupt' }),
    ]);
    assert.equal([read.error?.code, read.error?.message], [-32600, 'unknown process id p']);
    assert.equal([write.result, terminate.result, signal.result], [{ status: 'unknownProcess' }, { running: false }, { delivered: false }]);
  }));

test('a write answers with its status', () =>
  withClient(async (client) => {
    const write = (processId: string, writeId: string): Promise<unknown> =>
      client.result('process/write', { processId, writeId, chunk: '' });
    await client.request('process/start', startParams('piped', ['cat'], { pipeStdin: true }));
    await client.request('process/start', startParams('closed', ['sleep', '60']));
    assert.equal(await write('piped', '1'), { status: 'accepted' });
    assert.equal(await write('closed', '1'), { status: 'stdinClosed' });
    assert.equal(await write('nobody', '1'), { status: 'unknownProcess' });
    for (const method of ['process/write', 'process/closeStdin']) {
      assert.equal(await client.refusal(method, { processId: 'nobody', writeId: '', chunk: '' }), [-32602, 'writeId must not be empty']);
    }
    await client.request('process/terminate', { processId: 'piped' });
    await client.eventsOf('piped');
    assert.equal(await write('piped', '1'), { status: 'accepted' }, 'T4: a repeated id, even after the exit');
    assert.equal(await client.refusal('process/write', { processId: 'piped', writeId: '2', chunk: '' }), [
      -32603,
      'failed to write to process stdin',
    ]);
    assert.equal(await write('closed', '2'), { status: 'stdinClosed' });
  }));

test('a signal interrupts the group; one to nobody is no error', () =>
  withClient(async (client) => {
    const script = "trap 'kill $!; echo interrupted; exit 9' INT; sleep 60 & echo ready; wait";
    await client.request('process/start', sh('p', script));
    await client.find(({ method }) => method === 'process/output');
    const interrupt = (processId: string) => client.result('process/signal', { processId, signal: 'interrupt' });
    assert.equal([await interrupt('p'), await interrupt('nobody')], [{ delivered: true }, { delivered: false }]);
    const events = await client.eventsOf('p');
    assert.is(outputOf(events), 'ready\ninterrupted\n');
    assert.equal(await interrupt('p'), { delivered: false });
  }));

test('every signal of the wire reaches the program as the one it is named after', () =>
  withClient(async (client) => {
    for (const [signal, name] of Object.entries(wireSignals)) {
      const signalled = await client.result('process/start', sh(signal, 'echo ready; exec sleep 60'));
      await client.find(({ method, params }) => method === 'process/output' && params?.['processId'] === signal);
      assert.equal(await client.result('process/signal', { processId: signal, signal }), { delivered: true });
      if (signal === 'stop') while (stateOf(signalled.pid) !== 'T') await new Promise((resolve) => setImmediate(resolve));
      const survives = ['SIGSTOP', 'SIGCONT'].includes(name);
      if (survives) await client.result('process/terminate', { processId: signal });
      const exited = (await client.eventsOf(signal)).find(({ method }) => method === 'process/exited');
      assert.is(exited?.params?.['signal'], survives ? 'SIGKILL' : name);
    }
    assert.equal((await client.refusal('process/signal', { processId: 'p', signal: 'SIGTERM' }))[0], -32602);
  }));

test('terminate tells whether there was something to kill', () =>
  withClient(async (client) => {
    const terminate = (processId: string): Promise<unknown> => client.result('process/terminate', { processId });
    await client.request('process/start', startParams('p', ['sleep', '60']));
    assert.equal(await terminate('p'), { running: true });
    assert.equal(await terminate('p'), { running: false });
    await client.eventsOf('p');
    assert.equal([await terminate('p'), await terminate('nobody')], [{ running: false }, { running: false }]);
  }));

test('a terminal is resized, a pipe is not', () =>
  withClient(async (client) => {
    const script = "trap 'stty size; kill $!; exit' WINCH; sleep 60 & stty size; wait";
    await client.request('process/start', sh('tty', script, { tty: true, size: { rows: 5, cols: 60 } }));
    await client.find(({ method }) => method === 'process/output');
    assert.equal(await client.result('process/resize', { processId: 'tty', rows: 7, cols: 70 }), {});
    assert.is(outputOf(await client.eventsOf('tty'), 'pty'), '5 60\r\n7 70\r\n');
    await client.request('process/start', startParams('pipe', ['sleep', '60']));
    assert.equal(await client.refusal('process/resize', { processId: 'pipe', rows: 1, cols: 1 }), [
      -32602,
      'process pipe has no terminal to resize',
    ]);
    assert.equal(await client.refusal('process/resize', { processId: 'nobody', rows: 1, cols: 1 }), [-32600, 'unknown process id nobody']);
  }));

test('a list shows every process with its state', () =>
  withClient(async (client) => {
    assert.equal(await client.result('process/list'), { processes: [] });
    await client.request('process/start', sh('done', 'echo 1234; kill -TERM $$'));
    await client.eventsOf('done');
    await client.request('process/start', startParams('alive', ['sleep', '60'], { tty: true, cwd: 'file:///tmp/../' }));
    const { processes } = await client.result('process/list', {});
    const [done, alive] = processes;
    assert.equal(
      [done?.processId, done?.state, done?.exitCode, done?.signal, done?.nextSeq, done?.retainedBytes],
      ['done', 'closed', 143, 'SIGTERM', 4, 5],
    );
    assert.equal([alive?.processId, alive?.state, alive?.exitCode, alive?.tty, alive?.cwd], ['alive', 'running', null, true, 'file:///']);
    assert.equal(alive?.argv, ['sleep', '60']);
  }));
