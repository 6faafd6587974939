import * as assert from 'uvu/assert';
import { methods } from '#protocol/methods/index.js';
import { createMethodMap } from '#server/connection/method-map.js';
import { suite } from '../../harness/test.js';

const test = suite('method-map');

test('every method of the table has its handler, and there is none for anything else', () => {
  const map = createMethodMap({ shell: { name: 'sh', path: '/bin/sh' } }, new Map());
  assert.equal(Object.keys(map).toSorted(), Object.keys(methods).toSorted());
});
