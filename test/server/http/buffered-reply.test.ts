import { RpcError } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { BufferedReply } from '#server/http/buffered-reply.js';
import { ByteBudget } from '#server/http/byte-budget.js';
import type { ResponseHead } from '#server/http/exchange.js';
import { HttpFailure } from '#server/http/http-failure.js';
import { failure } from '../../harness/failure.js';
import { textOf } from '../../harness/json-text.js';
import { suite } from '../../harness/test.js';

const test = suite('buffered reply');

const head: ResponseHead = {
  status: 204,
  headers: [{ name: 'a', value: '"' }],
  url: 'http://h/"',
  redirected: false,
  announcedBytes: null,
};

function create(maxBytes = 100, budget = new ByteBudget(1_000)) {
  let stops = 0;
  const reply = new BufferedReply({ maxBytes, budget, stop: () => stops++ });
  return { reply, budget, stops: () => stops };
}

for (const [what, pieces] of [
  ['without a body', []],
  ['with a short one', ['ab']],
  ['in many pieces', ['a', 'bcd', 'ef', 'ghijklmn']],
] as const) {
  test(`an answer ${what} is the JSON of all of it`, async () => {
    const { reply } = create();
    reply.head(head);
    for (const piece of pieces) assert.is(reply.data(Buffer.from(piece)), true);
    reply.ended();
    const bodyBase64 = Buffer.from(pieces.join('')).toString('base64');
    assert.is(
      textOf((await reply.answer).toJson()),
      JSON.stringify({ status: 204, headers: head.headers, bodyBase64, url: 'http://h/"', redirected: false }),
    );
  });
}

test('H2: a body that becomes too long is refused, and its end is not waited for', async () => {
  const { reply, stops } = create(5);
  reply.head(head);
  assert.equal([reply.data(Buffer.from('abcde')), reply.data(Buffer.from('f')), stops()], [true, false, 1]);
  const error = await failure(reply.answer, RpcError);
  assert.equal([error.code, error.reason], [-32603, 'resultTooLarge']);
  assert.match(error.message, 'a body is more than the 5 bytes that are answered as a whole; ask for it with streamResponse');
});

test('H2: a body that is announced to be too long is refused before it comes', async () => {
  const { reply, stops } = create(5);
  assert.equal([reply.head({ ...head, announcedBytes: 6 }), stops()], [false, 1]);
  assert.match((await failure(reply.answer, RpcError)).message, 'a body of 6 bytes');
  assert.is(create(5).reply.head({ ...head, announcedBytes: 5 }), true);
});

test('bytes count against the budget until the answer is sent', async () => {
  const { reply, budget } = create(100, new ByteBudget(10));
  reply.head(head);
  reply.data(Buffer.from('abcdef'));
  const other = create(100, budget);
  other.reply.head(head);
  assert.equal([other.reply.data(Buffer.from('abcde')), other.stops(), budget.bytes], [false, 1, 6]);
  assert.is((await failure(other.reply.answer, RpcError)).reason, 'limitExceeded');
  other.reply.release();
  reply.ended();
  await reply.answer;
  reply.release();
  assert.is(budget.bytes, 0);
});

test('a failure is told as one of the request or of the body', async () => {
  const early = create().reply;
  early.failed(new HttpFailure('x', 'y'));
  assert.is((await failure(early.answer, RpcError)).message, 'http/request failed: x');
  const late = create().reply;
  late.head(head);
  late.failed(new HttpFailure('error decoding response body', 'y'));
  assert.is((await failure(late.answer, RpcError)).message, 'failed to read http/request response body: error decoding response body');
});
