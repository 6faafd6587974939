import * as assert from 'uvu/assert';
import { DeltaOrder } from '#client/http/delta-order.js';
import { suite } from '../../harness/test.js';

const test = suite('delta-order');

function createOrder() {
  const seqs: number[] = [];
  let onFailure!: (reason: string) => void;
  const failed = new Promise<string>((resolve) => (onFailure = resolve));
  let failure: string | null = null;
  const order = new DeltaOrder(
    ({ seq }) => seqs.push(seq),
    (reason) => onFailure((failure = reason)),
  );
  const push = (seq: number, done = false): void => order.push({ seq, chunk: new Uint8Array(1), done, error: null });
  return { order, push, seqs, failed, failure: () => failure };
}

test('pieces are delivered by their numbers, the end among them', () => {
  const { push, seqs, failure } = createOrder();
  push(1);
  push(4, true);
  push(3);
  assert.equal(seqs, [1]);
  push(2);
  assert.equal(seqs, [1, 2, 3, 4]);
  assert.is(failure(), null);
});

test('T3: a number that does not come is a hole, and is told', async () => {
  const { push, seqs, failed } = createOrder();
  push(1);
  push(3, true);
  assert.is(await failed, 'piece 2 is missing');
  assert.equal(seqs, [1]);
});

test('T3: too many pieces behind a hole are not waited for', () => {
  const { order, push, failure } = createOrder();
  for (let seq = 2; seq < 300 && failure() === null; seq++) push(seq);
  assert.is(failure(), 'piece 1 is missing');
  order.close();
});

test('a number that comes twice is a fault, delivered or not', () => {
  for (const seqs of [
    [1, 1],
    [2, 2],
  ]) {
    const { order, push, failure } = createOrder();
    for (const seq of seqs) push(seq);
    assert.is(failure(), `piece ${seqs[0]} came twice`);
    order.close();
  }
});
