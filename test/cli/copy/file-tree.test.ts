import * as assert from 'uvu/assert';
import { lookAtAll } from '#cli/copy/file-tree.js';
import { suite } from '../../harness/test.js';

const test = suite('file-tree');

test('all are looked at in their order, so many at a time, and failures stand in their places', async () => {
  let now = 0;
  let most = 0;
  const names = Array.from({ length: 50 }, (_, index) => index);
  const entries = await lookAtAll(
    names,
    8,
    (name) => `ref ${name}`,
    async (name, ref) => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      now--;
      if (name % 10 === 3) throw new Error(`no ${name}`);
      return { ref, name: Buffer.from(String(name)), kind: 'file', size: name, isLink: false };
    },
  );
  assert.is(most, 8);
  assert.equal(
    entries.map((entry) => ('error' in entry ? `${entry.ref}: ${(entry.error as Error).message}` : entry.ref)),
    names.map((name) => (name % 10 === 3 ? `ref ${name}: no ${name}` : `ref ${name}`)),
  );
});
