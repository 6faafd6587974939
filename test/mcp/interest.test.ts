import * as assert from 'uvu/assert';
import { Interest } from '#mcp/interest.js';
import type { LineListener } from '#mcp/line-process.js';
import { collectGarbage } from '../harness/garbage.js';
import { suite } from '../harness/test.js';

const test = suite('interest');

function createListener(heard: string[]): LineListener {
  return {
    line: (line) => void heard.push(Buffer.from(line).toString()),
    stderrLine: (line) => heard.push(`stderr ${line}`),
    ended: () => heard.push('ended'),
  };
}

/** An interest in a listener that nobody else holds, and when that is gone. */
function abandon(heard: string[], isAwaited: boolean) {
  let listener: LineListener | null = createListener(heard);
  const interest = new Interest(listener);
  interest.isAwaited = isAwaited;
  const reference = new WeakRef(listener);
  listener = null;
  return { interest, reference };
}

async function until(isSo: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 10_000; !isSo();) {
    if (Date.now() > deadline) throw new Error('it did not come about');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test('what is told reaches the listener', () => {
  const heard: string[] = [];
  const listener = createListener(heard);
  const interest = new Interest(listener);
  void interest.line(Buffer.from('line'));
  interest.stderrLine('loud');
  interest.ended({ failure: new Error('over') });
  assert.equal(heard, ['line', 'stderr loud', 'ended']);
});

test('a listener nobody holds is gone, and to tell it something is an error; its end is told to nobody', async () => {
  const heard: string[] = [];
  const { interest, reference } = abandon(heard, false);
  await collectGarbage(() => until(() => reference.deref() === undefined));
  assert.throws(() => interest.line(Buffer.from('line')), /nobody listens any more/);
  interest.ended({ failure: new Error('over') });
  assert.equal(heard, []);
});

test('a listener that is owed an answer stays until it has it', async () => {
  const heard: string[] = [];
  const { interest, reference } = abandon(heard, true);
  let rounds = 0;
  await collectGarbage(() => until(() => ++rounds > 30));
  void interest.line(Buffer.from('answer'));
  assert.equal(heard, ['answer']);
  interest.isAwaited = false;
  await collectGarbage(() => until(() => reference.deref() === undefined));
});
