import * as assert from 'uvu/assert';
import { Pace } from '#server/fs/pace.js';
import { suite } from '../../harness/test.js';

const test = suite('pace');

test('after some work it is time for others, and then not for a while', async () => {
  const pace = new Pace();
  while (!pace.isDue);
  let others = 0;
  setImmediate(() => others++);
  await pace.rest();
  assert.is(others, 1);
  assert.is(pace.isDue, false);
});
