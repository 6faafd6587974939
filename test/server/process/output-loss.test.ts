import * as assert from 'uvu/assert';
import { OutputLoss } from '#server/process/output-loss.js';
import { suite } from '../../harness/test.js';

const test = suite('output-loss');

test('a reader is told what it has missed, from its cursor on', () => {
  const loss = new OutputLoss();
  assert.is(loss.after(0), null);
  for (const [seq, bytes] of [
    [1, 10],
    [2, 20],
    [5, 30],
  ] as const)
    loss.note(seq, bytes);
  assert.equal(loss.after(0), { fromSeq: 1, toSeq: 5, bytes: 60 });
  assert.equal(loss.after(2), { fromSeq: 3, toSeq: 5, bytes: 30 });
  assert.equal(loss.after(4), { fromSeq: 5, toSeq: 5, bytes: 30 });
  assert.is(loss.after(5), null);
});

test('S4: after very many losses it is still small, and tells at least as much as was lost', () => {
  const loss = new OutputLoss();
  for (let seq = 1; seq <= 100_000; seq++) loss.note(seq, 10);
  for (const afterSeq of [0, 1, 50_000, 99_999]) {
    const bytes = loss.after(afterSeq)?.bytes ?? 0;
    const lost = (100_000 - afterSeq) * 10;
    assert.ok(bytes >= lost && bytes <= lost + 20_000, `${bytes} for ${lost}`);
  }
});
