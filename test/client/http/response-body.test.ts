import { HttpBodyError } from '@exec-server/client';
import { limits } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { ResponseBody } from '#client/http/response-body.js';
import { failure } from '../../harness/failure.js';
import { suite } from '../../harness/test.js';

const test = suite('response-body');

function createBody(creditBytes: number | null = null) {
  const told: string[] = [];
  const body = new ResponseBody(
    {
      granted: (bytes) => told.push(`granted ${bytes}`),
      waitingChanged: () => undefined,
      ended: (isKnown) => told.push(isKnown ? 'over' : 'given up'),
    },
    creditBytes,
  );
  let seq = 0;
  const push = (piece: string | Uint8Array, end: { done?: boolean; error?: string } = {}): void =>
    body.push({ seq: ++seq, chunk: Buffer.from(piece), done: end.done ?? false, error: end.error ?? null });
  return { body, push, told };
}

const textOf = (stream: ReadableStream<Uint8Array>): Promise<string> => new Response(stream).text();

test('the body is what came, before and after it is read, to its end', async () => {
  const { body, push, told } = createBody();
  push('a');
  const text = textOf(body.toStream());
  push('b');
  push('', { done: true });
  assert.is(await text, 'ab');
  assert.equal(told, ['over']);
});

test('H6: bytes in the last piece belong to the body', async () => {
  const { body, push } = createBody();
  push('a');
  push('b', { done: true });
  assert.is(await textOf(body.toStream()), 'ab');
});

test('T3: what came before a failure is read, then the failure', async () => {
  const { body, push, told } = createBody();
  push('a');
  push('', { done: true, error: 'reset by peer' });
  const reader = body.toStream().getReader();
  assert.is(Buffer.from((await reader.read()).value ?? []).toString(), 'a');
  const error = await failure(reader.read(), HttpBodyError);
  assert.is(error.message, 'the body of the response ended too early: reset by peer');
  assert.equal(told, ['over']);
});

test('T3: a hole makes the body fail and is given up', async () => {
  const { body, push, told } = createBody();
  push('a');
  push('b');
  body.push({ seq: 1, chunk: Buffer.from('x'), done: false, error: null });
  const error = await failure(textOf(body.toStream()), HttpBodyError);
  assert.is(error.message, 'the body of the response is not complete: piece 1 came twice');
  assert.equal(told, ['given up']);
});

test('an end is told without being asked for', async () => {
  const { body, push } = createBody();
  const reader = body.toStream().getReader();
  push('', { done: true });
  await reader.closed;
  const failed = createBody();
  const closed = failed.body.toStream().getReader().closed;
  failed.body.abort(new Error('enough'));
  assert.is((await failure(closed, Error)).message, 'enough');
});

test('abort fails at once, whatever was not read', async () => {
  const { body, push, told } = createBody();
  push('a');
  const reader = body.toStream().getReader();
  body.abort(new Error('enough'));
  assert.is((await failure(reader.read(), Error)).message, 'enough');
  assert.equal([body.waitingBytes, told], [0, ['given up']]);
});

test('cancelling the stream gives the rest up, with a read under way as well', async () => {
  const { body, push, told } = createBody();
  const reader = body.toStream().getReader();
  const read = reader.read();
  await new Promise(setImmediate); // the stream asks in a turn of its own
  assert.ok(body.isStarving);
  await reader.cancel();
  assert.is((await read).done, true);
  push('late');
  assert.equal([body.waitingBytes, body.isStarving, told], [0, false, ['given up']]);
});

test('the reader gets memory of its own, and may bring it', async () => {
  const { body, push } = createBody();
  const small = Buffer.from('from a pool');
  assert.ok(small.buffer.byteLength > small.length, 'Node shares memory among small buffers');
  body.push({ seq: 1, chunk: small, done: false, error: null });
  const stream = body.toStream();
  const reader = stream.getReader({ mode: 'byob' });
  const { value } = await reader.read(new Uint8Array(4));
  assert.is(Buffer.from(value ?? []).toString(), 'from');
  assert.is(small.toString(), 'from a pool');
  body.push({ seq: 2, chunk: new Uint8Array(0), done: true, error: null });
  assert.is(Buffer.from((await reader.read(new Uint8Array(40))).value ?? []).toString(), ' a pool');
  const last = await reader.read(new Uint8Array(4));
  assert.is(last.done, true);
  push('nobody hears');
});

test('credit is given as the reader takes, not as bytes come', async () => {
  const window = limits.bodyWindowBytes;
  const { body, push, told } = createBody(window);
  const reader = body.toStream().getReader();
  push(new Uint8Array(window / 2));
  push(new Uint8Array(window / 2));
  assert.equal(told, []);
  assert.is(body.waitingBytes, window);
  await reader.read();
  assert.equal(told, [`granted ${window / 2}`]);
});

test('a server that ignores the credit does not fill the memory', async () => {
  const { body, push, told } = createBody(limits.bodyWindowBytes);
  const stream = body.toStream();
  for (let pieces = 0; pieces < 3; pieces++) push(new Uint8Array(limits.bodyWindowBytes));
  assert.equal([body.waitingBytes, told], [0, ['given up']]);
  await failure(textOf(stream), HttpBodyError);
});

test('a body nobody wants is dropped while it is short, and given up when it is not', () => {
  const short = createBody();
  short.body.drop();
  short.push('a few bytes');
  short.push('', { done: true });
  assert.equal([short.body.waitingBytes, short.told], [0, ['over']]);
  const long = createBody();
  long.body.drop();
  long.push(new Uint8Array(limits.unwantedBodyBytes + 1));
  assert.equal(long.told, ['given up']);
  const there = createBody();
  there.push(new Uint8Array(limits.unwantedBodyBytes + 1));
  there.body.drop();
  assert.equal([there.body.waitingBytes, there.told], [0, ['given up']]);
});
