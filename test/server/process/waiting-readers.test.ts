import * as assert from 'uvu/assert';
import { WaitingReaders } from '#server/process/waiting-readers.js';
import { suite } from '../../harness/test.js';

const test = suite('waiting-readers');

test('everybody who waits is woken, and nobody twice', async () => {
  const readers = new WaitingReaders();
  const never = new AbortController().signal;
  const waits = [readers.wait(3_600_000, never), readers.wait(Number.MAX_VALUE, never)];
  readers.wake();
  await Promise.all(waits);
  readers.wake();
});

test('a wait ends after its time', () => new WaitingReaders().wait(1, new AbortController().signal));

test('a wait fails with the reason it is aborted for, before or meanwhile', async () => {
  const readers = new WaitingReaders();
  const reason = new Error('session gone');
  const meanwhile = new AbortController();
  const waiting = readers.wait(3_600_000, meanwhile.signal);
  meanwhile.abort(reason);
  for (const wait of [waiting, readers.wait(3_600_000, AbortSignal.abort(reason))]) {
    assert.is(
      await wait.then(
        () => null,
        (error: unknown) => error,
      ),
      reason,
    );
  }
  readers.wake();
});
