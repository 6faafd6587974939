import { getEventListeners } from 'node:events';
import { RpcError, SessionLostError, StdinClosedError } from '@exec-server/client';
import { decodeBase64 } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { failure } from '../../harness/failure.js';
import { emptyRead, startScriptedProcess, turn } from '../../harness/scripted-process.js';
import { noAnswer, type Script, type ScriptedRequest, type ScriptedServer } from '../../harness/scripted-server.js';
import { suite } from '../../harness/test.js';

const test = suite('stdin-writer');

const KiB = 1024;

const bytesOf = ({ params }: ScriptedRequest): Buffer => Buffer.from(decodeBase64(String(params['chunk'])));
const written = (server: ScriptedServer): string => Buffer.concat(server.of('process/write').map(bytesOf)).toString();

/** Leaves writes unanswered until {@link release} is called, with the numbers of those to answer, counted from 1. */
function holdAnswers() {
  const held: (() => void)[] = [];
  const script: Script = {
    'process/write': () => new Promise((resolve) => held.push(() => resolve({ status: 'accepted' }))),
    'process/read': () => emptyRead,
  };
  return { script, release: (...numbers: number[]) => numbers.forEach((number) => held[number - 1]?.()) };
}

test('a large write goes out in pieces of 64 KiB, in order and whole, each with an id of its own', async () => {
  await using host = await startScriptedProcess();
  const input = Buffer.from(Array.from({ length: 300 * KiB }, (_, index) => index % 251));
  await host.process.write(input);
  const pieces = host.server.of('process/write');
  assert.equal(
    pieces.map((piece) => bytesOf(piece).length),
    [64 * KiB, 64 * KiB, 64 * KiB, 64 * KiB, 44 * KiB],
  );
  assert.ok(Buffer.concat(pieces.map(bytesOf)).equals(input));
  assert.is(new Set(pieces.map(({ params }) => params['writeId'])).size, 5);
});

test('text is written as UTF-8, and nothing is written as nothing', async () => {
  await using host = await startScriptedProcess();
  await host.process.write('grüße\n');
  await host.process.write('');
  assert.is(written(host.server), 'grüße\n');
  assert.is(host.server.of('process/write').length, 1);
});

test('at most eight pieces are on the way at a time', async () => {
  const { script, release } = holdAnswers();
  await using host = await startScriptedProcess(script);
  const writing = host.process.write(Buffer.alloc(10 * 64 * KiB));
  await turn();
  assert.is(host.server.of('process/write').length, 8);
  release(1);
  await host.server.request('process/write', 9);
  await turn();
  assert.is(host.server.of('process/write').length, 9);
  release(2);
  await host.server.request('process/write', 10);
  release(3, 4, 5, 6, 7, 8, 9, 10);
  await writing;
});

test('P9: writes are sent in the order of the calls, long or short', async () => {
  await using host = await startScriptedProcess();
  const words = ['a', 'b', 'c', 'd'].map((letter, index) => letter.repeat(index % 2 === 0 ? 12 * 64 * KiB : 3));
  await Promise.all(words.map((word) => host.process.write(word)));
  assert.ok(written(host.server) === words.join(''), 'nothing overtakes');
});

test('P9: a later write does not overtake the rest of an earlier one, whatever order the answers come in', async () => {
  const { script, release } = holdAnswers();
  await using host = await startScriptedProcess(script);
  const first = host.process.write('a'.repeat(9 * 64 * KiB));
  release(2);
  await turn();
  await turn();
  const second = host.process.write('b');
  release(1, 3, 4, 5, 6, 7, 8);
  await host.server.request('process/write', 10);
  release(9, 10);
  await Promise.all([first, second]);
  assert.ok(written(host.server).endsWith('ab'), 'the later one comes last');
});

test('T4: after a cut the unanswered writes are sent again, with the same ids, in the same order', async () => {
  const seen: string[] = [];
  await using host = await startScriptedProcess({
    'process/read': () => emptyRead,
    'process/write': ({ writeId }, { connection }) => {
      seen.push(`${connection}:${writeId}`);
      return connection === 1 ? noAnswer : { status: 'accepted' };
    },
  });
  const writes = ['one', 'two', 'three'].map((text) => host.process.write(text));
  await host.server.request('process/write', 3);
  host.server.cut();
  await Promise.all(writes);
  const ids = seen.slice(0, 3).map((text) => text.slice(2));
  assert.is(new Set(ids).size, 3);
  assert.equal(seen, [...ids.map((id) => `1:${id}`), ...ids.map((id) => `2:${id}`)]);
});

test('P9: writes that wait in line when the line breaks stay behind those that were sent', async () => {
  await using host = await startScriptedProcess({
    'process/read': () => emptyRead,
    'environment/status': (_params, { connection }) => (connection === 1 ? noAnswer : { status: 'ready' }),
    'process/write': (_params, { connection }) => (connection === 1 ? noAnswer : { status: 'accepted' }),
  });
  const others = Array.from({ length: 62 }, () => host.client.environment.status());
  const writes = ['1', '2', '3', '4'].map((text) => host.process.write(text));
  await host.server.request('process/write', 2);
  await turn();
  assert.is(host.server.of('process/write').length, 2, 'the others wait');
  host.server.cut();
  await Promise.all([...writes, ...others]);
  const again = host.server.of('process/write').filter(({ connection }) => connection === 2);
  assert.is(Buffer.concat(again.map(bytesOf)).toString(), '1234');
});

test('P9: writes made while the line is down keep their order, with and without a signal', async () => {
  await using host = await startScriptedProcess({ 'process/read': () => emptyRead });
  host.server.cut();
  const { signal } = new AbortController();
  await Promise.all([
    host.process.write('1', { signal }),
    host.process.write('2'),
    host.process.write('3', { signal }),
    host.process.write('4'),
  ]);
  assert.is(written(host.server), '1234');
});

test('P9: the end of input comes after everything written before, even if nobody waited for that', async () => {
  const { script, release } = holdAnswers();
  await using host = await startScriptedProcess(script, { capabilities: ['sessionClose', 'processCloseStdin'] });
  const writing = host.process.write('a'.repeat(9 * 64 * KiB));
  const closing = host.process.closeStdin();
  await turn();
  release(1, 2, 3, 4, 5, 6, 7, 8);
  await host.server.request('process/write', 9);
  release(9);
  await Promise.all([writing, closing]);
  assert.is(host.server.requests.at(-1)?.method, 'process/closeStdin');
});

test('two handles of one process never use the same write id', async () => {
  await using host = await startScriptedProcess({ 'process/read': () => emptyRead });
  await host.process.write('from the first handle');
  host.exited(1);
  host.closed(2);
  await host.process.closed;
  const other = await host.client.processes.attach('p');
  await other.write('from the second handle');
  const [first, second] = host.server.of('process/write').map(({ params }) => params['writeId']);
  assert.is.not(first, second);
});

test('a process that takes no input says so, like a broken pipe', async () => {
  await using host = await startScriptedProcess({ 'process/write': () => ({ status: 'stdinClosed' }) });
  const error = await failure(host.process.write('x'), StdinClosedError);
  assert.is(error.code, 'EPIPE');
});

test('a process the server has forgotten is lost', async () => {
  await using host = await startScriptedProcess({ 'process/write': () => ({ status: 'unknownProcess' }) });
  await failure(host.process.write('x'), SessionLostError);
});

test('a refused write is passed on, and the next one is tried', async () => {
  const answers = [new RpcError('stdinFailed', 'failed to write to process stdin'), { status: 'accepted' as const }];
  await using host = await startScriptedProcess({ 'process/write': () => answers.shift() ?? noAnswer });
  await failure(host.process.write('x'), RpcError);
  await host.process.write('y');
});

test('an aborted write stops waiting and sends nothing more', async () => {
  const { script } = holdAnswers();
  await using host = await startScriptedProcess(script);
  const controller = new AbortController();
  const writing = host.process.write(Buffer.alloc(20 * 64 * KiB), { signal: controller.signal });
  const reason = new Error('enough');
  controller.abort(reason);
  assert.is(await failure(writing, Error), reason);
  await turn();
  assert.is(host.server.of('process/write').length, 8);
});

test('an aborted write that waits behind others stops waiting at once, is never sent, and holds nobody up', async () => {
  const { script, release } = holdAnswers();
  await using host = await startScriptedProcess(script);
  const first = host.process.write('a'.repeat(9 * 64 * KiB));
  const controller = new AbortController();
  const aborted = host.process.write('b', { signal: controller.signal });
  const last = host.process.write('c');
  const reason = new Error('enough');
  controller.abort(reason);
  assert.is(await failure(aborted, Error), reason);
  assert.is(await failure(host.process.write('b', { signal: controller.signal }), Error), reason);
  release(1, 2, 3, 4, 5, 6, 7, 8);
  await host.server.request('process/write', 10);
  release(9, 10);
  await Promise.all([first, last]);
  assert.ok(written(host.server).endsWith('ac'));
});

test('writes that share a signal put one listener on it while they wait in line, and leave none', async () => {
  const { script, release } = holdAnswers();
  await using host = await startScriptedProcess(script);
  const { signal } = new AbortController();
  const first = host.process.write('a'.repeat(8 * 64 * KiB));
  const others = ['b', 'c', 'd'].map((text) => host.process.write(text, { signal }));
  assert.is(getEventListeners(signal, 'abort').length, 1);
  release(1, 2, 3, 4, 5, 6, 7, 8);
  await host.server.request('process/write', 11);
  release(9, 10, 11);
  await Promise.all([first, ...others]);
  assert.equal(getEventListeners(signal, 'abort'), []);
});

test('after a piece that was refused the rest of its write is not sent, but the next write is', async () => {
  const refusal = new RpcError('stdinFailed', 'failed to write to process stdin');
  let answers = 0;
  await using host = await startScriptedProcess({ 'process/write': () => (answers++ === 0 ? refusal : { status: 'accepted' }) });
  const refused = failure(host.process.write('a'.repeat(20 * 64 * KiB)), RpcError);
  const next = host.process.write('b');
  await Promise.all([refused, next]);
  const text = written(host.server);
  assert.ok(text.length < 20 * 64 * KiB && text.endsWith('ab'));
});
