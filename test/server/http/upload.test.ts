import { RpcError } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { Upload } from '#server/http/upload.js';
import { failure, refusalOf } from '../../harness/failure.js';
import { turns } from '../../harness/launching.js';
import { suite } from '../../harness/test.js';

const test = suite('upload');

const bytes = (text: string): Buffer => Buffer.from(text);
const create = (): Upload => new Upload('u', { maxPieces: 3, maxBytes: 10 });

async function read({ stream }: Upload): Promise<string> {
  return Buffer.concat(await stream.toArray()).toString();
}

test('pieces are sent in order, empty ones too, until the last', async () => {
  const upload = create();
  const body = read(upload);
  for (const [at, text] of ['ab', '', 'cd', 'e'].entries()) await upload.add(at + 1, bytes(text), at === 3);
  assert.is(await body, 'abcde');
});

test('a piece is accepted when the stream takes it, and not before', async () => {
  const upload = create();
  const accepted: number[] = [];
  const pieces = [1, 2].map((seq) => upload.add(seq, bytes('x'.repeat(4)), seq === 2).then(() => accepted.push(seq)));
  await turns(3);
  assert.equal(accepted, []);
  assert.is(await read(upload), 'x'.repeat(8));
  await Promise.all(pieces);
  assert.equal(accepted, [1, 2]);
});

test('a number that is not the next is refused and changes nothing', async () => {
  const upload = create();
  const body = read(upload);
  for (const seq of [2, 3])
    assert.is(
      refusalOf(() => upload.add(seq, bytes('x'), false)),
      `-32602 http/requestBody seq ${seq} of \`u\` is not the next: 1 is`,
    );
  await upload.add(1, bytes('a'), false);
  assert.match(
    refusalOf(() => upload.add(1, bytes('a'), false)),
    'not the next: 2 is',
  );
  await upload.add(2, bytes('b'), true);
  assert.is(await body, 'ab');
});

test('nothing goes behind the last piece', () => {
  const upload = create();
  void upload.add(1, bytes('a'), true);
  assert.is(
    refusalOf(() => upload.add(2, bytes('b'), false)),
    '-32602 http/requestBody the body of `u` is complete',
  );
});

test('only so many pieces and bytes wait; one always may', async () => {
  const upload = create();
  const waiting = [upload.add(1, bytes('x'.repeat(50)), false)];
  assert.match(
    refusalOf(() => upload.add(2, bytes('y'), false)),
    /^-32603 http\/requestBody 1 pieces of `u` are waiting/,
  );
  const body = read(upload);
  await waiting[0];
  const other = create();
  waiting.push(...[1, 2, 3].map((seq) => other.add(seq, bytes('x'), false)));
  assert.match(
    refusalOf(() => other.add(4, bytes('x'), false)),
    '3 pieces',
  );
  const otherBody = read(other);
  await Promise.all(waiting);
  await other.add(4, bytes('z'), true);
  await upload.add(2, bytes('y'), true);
  assert.equal([await body, await otherBody], [`${'x'.repeat(50)}y`, 'xxxz']);
});

test('when it is not wanted any more, pieces that wait and all later ones are refused', async () => {
  const upload = create();
  const waiting = upload.add(1, bytes('x'), false);
  upload.close();
  upload.close();
  assert.is((await failure(waiting, RpcError)).reason, 'unknownExchange');
  assert.is(
    refusalOf(() => upload.add(2, bytes('x'), false)),
    '-32600 http/requestBody no request `u` takes a body',
  );
  assert.is(upload.stream.destroyed, true);
});

test('a reader that gives up ends it', async () => {
  const upload = create();
  upload.stream.destroy(new Error('reset'));
  await turns(2);
  assert.match(
    refusalOf(() => upload.add(1, bytes('x'), false)),
    'takes a body',
  );
});
