import * as assert from 'uvu/assert';
import { suite } from '../harness/test.js';
import { scanJson } from '#protocol/json-scan.js';

const test = suite('json-scan');
test('x', () => {
  assert.is(scanJson('{}', { maxDepth: 3, maxValues: 5 }).problem, null);
});
