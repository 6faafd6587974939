import { type ProcessEvent, RpcError, SessionLostError, UnsupportedByServerError } from '@exec-server/client';
import { encodeBase64 } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { readText } from '../../harness/byte-streams.js';
import { failure } from '../../harness/failure.js';
import { emptyRead, startScriptedProcess, turn } from '../../harness/scripted-process.js';
import { suite } from '../../harness/test.js';

const test = suite('remote-process');

async function collect(process: AsyncIterable<ProcessEvent>): Promise<ProcessEvent[]> {
  const events: ProcessEvent[] = [];
  for await (const event of process) events.push(event);
  return events;
}

test('iteration gives all events in order and ends after the close', async () => {
  await using host = await startScriptedProcess();
  host.output(1, 'one');
  host.closed(4);
  host.output(3, 'three', 'stderr');
  host.exited(2, 7);
  assert.equal(await collect(host.process), [
    { type: 'output', seq: 1, stream: 'stdout', chunk: Buffer.from('one') },
    { type: 'exited', seq: 2, exitCode: 7, signal: null, timedOut: false },
    { type: 'output', seq: 3, stream: 'stderr', chunk: Buffer.from('three') },
    { type: 'closed', seq: 4 },
  ]);
});

test('T1: a time-out is told by the exit, live and when it was missed', async () => {
  const exit = { exitCode: 137, signal: 'SIGKILL', timedOut: true };
  for (const isMissed of [false, true]) {
    await using host = await startScriptedProcess({
      'process/read': () => ({ ...emptyRead, ...exit, nextSeq: 3, exited: true, closed: true }),
    });
    if (isMissed) host.server.cut();
    else {
      host.server.notify('process/exited', { processId: 'p', seq: 1, ...exit });
      host.closed(2);
    }
    assert.equal([await host.process.exited, await host.process.closed, host.process.exit], [exit, exit, exit]);
  }
});

test('T2: exited settles at the exit, closed at the close, with the same facts', async () => {
  await using host = await startScriptedProcess();
  assert.is(host.process.exit, null);
  host.exited(1, 137, 'SIGKILL');
  assert.equal(await host.process.exited, { exitCode: 137, signal: 'SIGKILL', timedOut: false });
  let isClosed = false;
  void host.process.closed.then(() => (isClosed = true));
  host.output(2, 'the tail');
  await turn();
  assert.not.ok(isClosed, 'output may follow');
  host.closed(3);
  assert.equal(await host.process.closed, { exitCode: 137, signal: 'SIGKILL', timedOut: false });
  assert.equal(host.process.exit, { exitCode: 137, signal: 'SIGKILL', timedOut: false });
});

test('P1: a whole life that is told before the answer to the start is not lost', async () => {
  await using host = await startScriptedProcess({
    'process/start': ({ processId }, _request, channel) => {
      setImmediate(() => {
        const chunk = encodeBase64(Buffer.from('early'));
        channel.deliver({ method: 'process/output', params: { processId, seq: 1, stream: 'stdout', chunk } });
        channel.deliver({ method: 'process/exited', params: { processId, seq: 2, exitCode: 4 } });
        channel.deliver({ method: 'process/closed', params: { processId, seq: 3 } });
      });
      return { processId };
    },
  });
  assert.is(await readText(host.process.stdout), 'early');
  assert.is((await host.process.closed).exitCode, 4);
  assert.is(host.process.pid, null, 'the server did not tell');
});

test('events of other processes, unknown events and events after the close change nothing', async () => {
  await using host = await startScriptedProcess();
  const { server } = host;
  server.notify('process/output', { processId: 'another', seq: 1, stream: 'stdout', chunk: 'AAAA' });
  setImmediate(() => server.channel.deliver({ method: 'process/news', params: { processId: 'p', seq: 1 } }));
  host.exited(1);
  host.closed(2);
  host.output(3, 'after the end');
  assert.equal(
    (await collect(host.process)).map(({ type }) => type),
    ['exited', 'closed'],
  );
});

test('more events than should be ahead of a missing one make it fetch what is missing', async () => {
  await using host = await startScriptedProcess({
    'process/read': ({ afterSeq }) => {
      const chunks = [{ seq: 1, stream: 'stdout' as const, chunk: encodeBase64(Buffer.from('fetched ')) }];
      return { ...emptyRead, chunks: afterSeq === 0 ? chunks : [], nextSeq: 259 };
    },
  });
  for (let seq = 2; seq <= 258; seq++) host.output(seq, '.');
  host.exited(259);
  host.closed(260);
  assert.is(await readText(host.process.stdout), `fetched ${'.'.repeat(257)}`);
  assert.equal(
    host.server.of('process/read').map(({ params }) => params),
    [{ processId: 'p', afterSeq: 0, maxBytes: null, waitMs: 0 }],
  );
});

test('an event that does not come is fetched, however few are ahead of it', async () => {
  await using host = await startScriptedProcess({
    'process/read': ({ afterSeq }) => {
      const chunks = [{ seq: 1, stream: 'stdout' as const, chunk: encodeBase64(Buffer.from('fetched ')) }];
      return { ...emptyRead, chunks: afterSeq === 0 ? chunks : [], nextSeq: 3 };
    },
  });
  host.output(2, 'early');
  const reader = host.process.stdout.getReader();
  const texts = [(await reader.read()).value, (await reader.read()).value].map((chunk) => Buffer.from(chunk ?? []).toString());
  assert.equal(texts, ['fetched ', 'early']);
  assert.is(host.server.of('process/read').length, 1);
});

test('terminate says whether there was something to kill, signal and terminate pass the line', async () => {
  const answers = [true, false];
  await using host = await startScriptedProcess({
    'process/terminate': () => ({ running: answers.shift() === true }),
    'process/signal': () => ({}),
  });
  assert.is(await host.process.terminate(), true);
  assert.is(await host.process.terminate(), false);
  await host.process.signal('interrupt');
  assert.equal(host.server.of('process/signal')[0]?.params, { processId: 'p', signal: 'interrupt' });
});

test('what the server does not announce is not asked for', async () => {
  await using host = await startScriptedProcess();
  const resize = await failure(host.process.resize({ rows: 1, cols: 1 }), UnsupportedByServerError);
  assert.is(resize.capability, 'processResize');
  const closeStdin = await failure(host.process.closeStdin(), UnsupportedByServerError);
  assert.is(closeStdin.capability, 'processCloseStdin');
  assert.equal([...host.server.of('process/resize'), ...host.server.of('process/closeStdin')], []);
});

test('what the server announces is asked for', async () => {
  const capabilities = ['sessionClose', 'processResize', 'processCloseStdin'];
  await using host = await startScriptedProcess({ 'process/resize': () => ({}) }, { capabilities });
  await host.process.resize({ rows: 5, cols: 7 });
  await host.process.closeStdin();
  assert.equal(host.server.of('process/resize')[0]?.params, { processId: 'p', rows: 5, cols: 7 });
  assert.equal(Object.keys(host.server.of('process/closeStdin')[0]?.params ?? {}), ['processId', 'writeId']);
});

test('on a terminal of an old server the end of input is typed', async () => {
  await using host = await startScriptedProcess({}, {}, { tty: true });
  await host.process.closeStdin();
  assert.is(host.server.of('process/write')[0]?.params['chunk'], encodeBase64(Uint8Array.of(4)));
});

test('P5: when the session is lost, everything that waits for the process fails with the reason', async () => {
  const host = await startScriptedProcess({
    initialize: (_params, { connection }) =>
      connection === 1 ? { sessionId: 's' } : new RpcError({ code: -32600, message: 'unknown session id s' }),
  });
  const { process } = host;
  host.output(1, 'before');
  const events = process[Symbol.asyncIterator]();
  assert.is((await events.next()).value?.type, 'output');
  const waits = [events.next(), process.exited, process.closed, readText(process.stderr), process.write('x'), process.terminate()];
  host.server.cut();
  for (const wait of waits) await failure(wait, SessionLostError);
  assert.instance(process.failure, SessionLostError);
  assert.equal(host.client.inspect().processes, []);
  await host.client.close();
});

test('leaving it terminates a process that runs and waits for its close', async () => {
  await using host = await startScriptedProcess({
    'process/terminate': () => {
      host.exited(1, 137, 'SIGKILL');
      host.closed(2);
      return { running: true };
    },
  });
  await host.process[Symbol.asyncDispose]();
  assert.is(host.process.exit?.signal, 'SIGKILL');
  await host.process[Symbol.asyncDispose]();
  assert.is(host.server.of('process/terminate').length, 1);
});

test('leaving a process that has ended asks for nothing', async () => {
  await using host = await startScriptedProcess();
  host.exited(1);
  host.closed(2);
  await host.process.closed;
  await host.process[Symbol.asyncDispose]();
  assert.is(host.server.of('process/terminate').length, 0);
});

test('leaving it after the session is lost does nothing', async () => {
  const host = await startScriptedProcess();
  await host.client.close();
  await host.process[Symbol.asyncDispose]();
});

for (const [what, params] of [
  ['no params', null],
  ['output that is no base64', { processId: 'p', seq: 1, stream: 'stdout', chunk: '!' }],
] as const) {
  test(`S4: a notification with ${what} ends the connection instead of the client's program`, async () => {
    await using host = await startScriptedProcess({ 'process/read': () => emptyRead });
    const { channel } = host.server;
    assert.not.throws(() => channel.deliver({ method: 'process/output', params }));
    assert.ok(channel.isClosed, 'and the session is taken up on another one');
    await host.server.request('process/read');
  });
}
