import * as assert from 'uvu/assert';
import { pause } from '#mcp/gateway/pause.js';
import { suite } from '../../harness/test.js';

const test = suite('mcp pause');
const failure = (task: Promise<unknown>) =>
  task.then(
    () => null,
    (error: unknown) => error,
  );

test('a pause ends by itself, or with the reason of its signal, also when that came before', async () => {
  await pause(1);
  const life = new AbortController();
  const reason = new Error('enough');
  const long = failure(pause(60_000, life.signal));
  life.abort(reason);
  assert.is(await long, reason);
  assert.is(await failure(pause(60_000, life.signal)), reason);
  await pause(1, new AbortController().signal);
});
