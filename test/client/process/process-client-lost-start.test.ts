import { DisconnectedError, ExecClient, OutcomeUnknownError, RpcError, SessionLostError } from '@exec-server/client';
import { encodeBase64 } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { readText } from '../../harness/byte-streams.js';
import { failure } from '../../harness/failure.js';
import { emptyRead } from '../../harness/scripted-process.js';
import { lineBreak, type Script, ScriptedServer } from '../../harness/scripted-server.js';
import { suite } from '../../harness/test.js';

const test = suite('process-client, when the answer to a start is lost');

const unknownProcess = () => new RpcError('unknownProcess', 'unknown process id p');

/** Starts `p` on a server that breaks the line at the first start. */
async function startWithLoss(script: Script, resumeWindowMs?: number) {
  const server = new ScriptedServer({
    'process/start': ({ processId }, { connection }) => (connection === 1 ? lineBreak : { processId, pid: 12 }),
    ...script,
  });
  const client = await ExecClient.connect(server.openChannel, { resumeWindowMs });
  const starting = client.processes.start({ argv: ['program'], processId: 'p' });
  return { server, client, starting, [Symbol.asyncDispose]: () => client.close() };
}

test('T4: a process the server knows goes on, from its first byte, and is not started again', async () => {
  const said = { chunks: [{ seq: 1, stream: 'stdout' as const, chunk: encodeBase64(Buffer.from('said meanwhile')) }], nextSeq: 2 };
  await using host = await startWithLoss({
    'process/read': ({ afterSeq }) => ({ ...emptyRead, ...said, chunks: afterSeq === 0 ? said.chunks : [] }),
  });
  const process = await host.starting;
  host.server.notify('process/exited', { processId: 'p', seq: 2, exitCode: 1 });
  host.server.notify('process/closed', { processId: 'p', seq: 3 });
  assert.is(await readText(process.stdout), 'said meanwhile');
  assert.is((await process.closed).exitCode, 1);
  assert.is(host.server.of('process/start').length, 1);
});

test('T4: a process the server does not know is started again, under the same id', async () => {
  await using host = await startWithLoss({ 'process/read': unknownProcess });
  const process = await host.starting;
  assert.equal([process.id, process.pid], ['p', 12]);
  const [first, second] = host.server.of('process/start');
  assert.equal(first?.params, second?.params);
  assert.equal([first?.connection, second?.connection], [1, 2]);
});

test('T4: a start the reference server will never finish is undone, and its outcome is unknown', async () => {
  await using host = await startWithLoss({
    'process/read': () => new RpcError({ code: -32600, message: 'process id p is starting' }),
  });
  const error = await failure(host.starting, OutcomeUnknownError);
  assert.is(error.method, 'process/start');
  assert.equal(host.server.of('process/terminate')[0]?.params, { processId: 'p' });
  assert.is(host.server.of('process/start').length, 1);
  assert.equal(host.client.processes.live, []);
});

test('T4: a line that breaks at every start is not tried for ever', async () => {
  await using host = await startWithLoss({ 'process/start': () => lineBreak, 'process/read': unknownProcess });
  await failure(host.starting, OutcomeUnknownError);
  assert.is(host.server.of('process/start').length, 5);
});

test('T4: a process that was started by the last attempt is not left behind', async () => {
  let starts = 0;
  await using host = await startWithLoss({
    'process/start': () => (++starts, lineBreak),
    'process/read': () => (starts === 5 ? emptyRead : unknownProcess()),
  });
  assert.is((await host.starting).id, 'p');
  assert.is(starts, 5);
});

test('the question after the process survives a broken line itself', async () => {
  await using host = await startWithLoss({
    'process/read': (_params, { connection }) => (connection === 2 ? lineBreak : emptyRead),
  });
  assert.is((await host.starting).id, 'p');
  assert.is(host.server.of('process/start').length, 1);
});

test('a process that is being started is not read before its fate is known', async () => {
  await using host = await startWithLoss({ 'process/read': unknownProcess });
  await host.starting;
  assert.equal(
    host.server.of('process/read').map(({ params }) => params['maxBytes']),
    [0],
    'only the question whether it is there',
  );
});

test('P5: a session that is lost meanwhile fails the start', async () => {
  await using host = await startWithLoss({
    initialize: (_params, { connection }) =>
      connection === 1 ? { sessionId: 's' } : new RpcError('unknownSession', 'unknown session id s'),
  });
  await failure(host.starting, SessionLostError);
  assert.equal(host.client.processes.live, []);
});

test('T4: without recovery the outcome of the start is unknown', async () => {
  await using host = await startWithLoss({}, 0);
  const error = await failure(host.starting, DisconnectedError);
  assert.instance(error, OutcomeUnknownError);
});
