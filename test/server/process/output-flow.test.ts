import * as assert from 'uvu/assert';
import { createProcess } from '../../harness/fake-child.js';
import { suite } from '../../harness/test.js';

const test = suite('output-flow');

test('output is read until what was granted is spent, and on when there is more', () => {
  const { child, process } = createProcess({ creditBytes: 10 });
  const say = (text: string, hasReader = true): void => {
    child.stdout.say(text);
    process.flow.spend(text.length, hasReader);
  };
  say('12345');
  assert.is(child.stdout.isPaused, false);
  say('67890ab');
  assert.equal([child.stdout.isPaused, child.stderr.isPaused], [true, true]);
  process.flow.grant(2);
  assert.is(child.stdout.isPaused, true, 'two bytes more were said than granted');
  process.flow.grant(1);
  assert.is(child.stdout.isPaused, false);
});

test('while nobody is there who could grant, a program runs on; who comes back has to catch up first', () => {
  const { child, process } = createProcess({ creditBytes: 1 });
  process.flow.spend(5, true);
  process.flow.readerLeft();
  assert.is(child.stdout.isPaused, false);
  process.flow.spend(5, false);
  assert.is(child.stdout.isPaused, false);
  process.flow.readerCame();
  assert.is(child.stdout.isPaused, true);
  process.flow.grant(10);
  assert.is(child.stdout.isPaused, false);
});

test('a process without a limit is not held for it', () => {
  const { child, process } = createProcess();
  process.flow.spend(1e9, true);
  process.flow.grant(1);
  assert.is(child.stdout.isPaused, false);
});

test('a client that is back and does not read is not waited for', async () => {
  const { child, process } = createProcess({ limits: { retainedOutputBytes: 5, catchUpMs: 1 } });
  child.stdout.say('more than five');
  assert.is(child.stdout.isPaused, true);
  process.flow.readerCame();
  while (child.stdout.isPaused) await new Promise((resolve) => setImmediate(resolve));
  assert.is(process.log.isFull, false);
});

test('a client that leaves again before it has read has lost nothing', async () => {
  const { child, process } = createProcess({ limits: { retainedOutputBytes: 5, catchUpMs: 20 } });
  child.stdout.say('more than five');
  process.flow.readerCame();
  process.flow.readerLeft();
  await new Promise((resolve) => setTimeout(resolve, 40));
  assert.equal([child.stdout.isPaused, process.log.oldestSeq], [true, 1]);
});
