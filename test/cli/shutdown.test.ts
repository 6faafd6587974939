import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as assert from 'uvu/assert';
import { withDeadline } from '#cli/shutdown.js';
import { failure } from '../harness/failure.js';
import { suite } from '../harness/test.js';

const test = suite('shutdown');

const waiting = `
  import { waitForEnding } from '#cli/shutdown.js';
  setInterval(() => undefined, 1_000);
  void waitForEnding().then((signal) => console.log('asked by ' + signal));
  console.log('ready');
`;

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  test(`the first ${signal} asks to end, the second ends on the spot`, async () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', waiting], { stdio: ['ignore', 'pipe', 'inherit'] });
    const closed = once(child, 'close');
    const lines: string[] = [];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      lines.push(...text.trim().split('\n'));
      child.kill(signal);
    });
    assert.equal(await closed, [1, null]);
    assert.equal(lines, ['ready', `asked by ${signal}`]);
  });
}

const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

test('a task that is done in time is waited for and leaves no timer', async () => {
  const before = timers();
  const done: string[] = [];
  await withDeadline(
    Promise.resolve().then(() => void done.push('done')),
    5_000,
  );
  assert.equal([done, timers()], [['done'], before]);
});

test('the error of a task is passed on and leaves no timer', async () => {
  const before = timers();
  const reason = new Error('it failed');
  assert.is(await failure(withDeadline(Promise.reject(reason), 5_000), Error), reason);
  assert.is(timers(), before);
});

test('a task that never ends is left after the deadline', async () => {
  await withDeadline(new Promise(() => undefined), 1);
});
