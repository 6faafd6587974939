import { RpcError } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { RequestSlots } from '#server/connection/request-slots.js';
import { turns } from '../../harness/launching.js';
import { suite } from '../../harness/test.js';

const test = suite('request-slots');

/** A task that works until the test says otherwise. */
function createTask() {
  let finish!: (value: string) => void;
  let fail!: (error: Error) => void;
  const result = new Promise<string>((resolve, reject) => {
    finish = resolve;
    fail = reject;
  });
  const task = { isStarted: false, finish, fail, run: () => ((task.isStarted = true), result) };
  return task;
}

const outcomeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(String, (error: unknown) => (error instanceof RpcError ? String(error.reason) : (error as Error).message));

test('as many tasks work as there are slots, the others get one in order of arrival', async () => {
  const slots = new RequestSlots(2);
  const tasks = [1, 2, 3, 4].map(createTask);
  const results = tasks.map(({ run }) => slots.run(run));
  await turns();
  assert.equal(
    tasks.map(({ isStarted }) => isStarted),
    [true, true, false, false],
  );
  tasks[1]?.finish('second');
  await turns();
  assert.equal(
    tasks.map(({ isStarted }) => isStarted),
    [true, true, true, false],
  );
  for (const task of tasks) task.finish('done');
  assert.equal(await Promise.all(results), ['done', 'second', 'done', 'done']);
});

test('a task that fails gives its slot back, and its error is passed on', async () => {
  const slots = new RequestSlots(1);
  const [bad, good] = [createTask(), createTask()];
  const outcomes = [outcomeOf(slots.run(bad.run)), outcomeOf(slots.run(good.run))];
  bad.fail(new Error('it failed'));
  good.finish('good');
  assert.equal(await Promise.all(outcomes), ['it failed', 'good']);
});

test('closing fails what waits and leaves alone what works', async () => {
  const slots = new RequestSlots(1);
  const [working, waiting] = [createTask(), createTask()];
  const outcomes = [outcomeOf(slots.run(working.run)), outcomeOf(slots.run(waiting.run))];
  await turns();
  slots.close();
  assert.is(await outcomes[1], 'sessionEnded');
  assert.is(waiting.isStarted, false);
  working.finish('finished');
  assert.is(await outcomes[0], 'finished');
});
