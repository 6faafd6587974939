import * as assert from 'uvu/assert';
import { LaunchTurns } from '#server/process/launch-turns.js';
import { suite } from '../../harness/test.js';

const test = suite('launch-turns');

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('as many launches as allowed go ahead in one turn, the rest in the next ones, in order', async () => {
  const turns = new LaunchTurns(3);
  const order: number[] = [];
  const launches = Array.from({ length: 8 }, (_, at) => turns.take().then(() => order.push(at)));
  const counts: number[] = [];
  for (let turn = 0; turn < 4; turn++) {
    counts.push(order.length);
    await nextTurn();
  }
  await Promise.all(launches);
  assert.equal(order, [0, 1, 2, 3, 4, 5, 6, 7]);
  assert.ok((counts[1] as number) <= 6 && (counts[0] as number) <= 3, `launched by turn: ${counts.join(', ')}`);
});

test('a launch that comes later does not overtake those that wait', async () => {
  const turns = new LaunchTurns(1);
  const order: string[] = [];
  const first = turns.take().then(() => order.push('first'));
  const second = turns.take().then(() => order.push('second'));
  await nextTurn();
  const third = turns.take().then(() => order.push('third'));
  await Promise.all([first, second, third]);
  assert.equal(order, ['first', 'second', 'third']);
});

test('other work gets its turn between launches', async () => {
  const turns = new LaunchTurns(1);
  let others = 0;
  for (let launch = 0; launch < 5; launch++) {
    const taken = turns.take();
    const other = nextTurn().then(() => others++);
    await taken;
    await other;
  }
  assert.is(others, 5);
});

test('after a pause launches go ahead at once again', async () => {
  const turns = new LaunchTurns(2);
  for (let round = 0; round < 3; round++) {
    let launched = 0;
    const takes = [turns.take(), turns.take()].map((take) => take.then(() => launched++));
    await Promise.resolve();
    await Promise.resolve();
    assert.is(launched, 2);
    await Promise.all(takes);
    await nextTurn();
    await nextTurn();
  }
});
