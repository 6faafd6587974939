import { execFileSync } from 'node:child_process';
import * as assert from 'uvu/assert';
import { suite } from '../harness/test.js';

const test = suite('engine settings');

/** Makes so many objects in optimized code while all that were made live on that V8 comes to think that they always do. */
const program = `
  import { tuneEngine } from ${JSON.stringify(import.meta.resolve('#cli/engine-settings.js'))};
  if (process.argv[1] === 'tuned') tuneEngine();
  const make = (at) => ({ at, more: [at] });
  for (let round = 0; round < 60; round++) {
    const kept = [];
    for (let at = 0; at < 20_000; at++) kept.push(make(at));
  }
`;

function tenuredSites(...args: string[]): number {
  const flags = ['--trace-pretenuring', '--trace-pretenuring-statistics', '--max-semi-space-size=1', '--input-type=module'];
  const output = execFileSync(process.execPath, [...flags, '-e', program, ...args], { encoding: 'utf8', maxBuffer: 1 << 28 });
  return output.split('=> tenure').length - 1;
}

test('objects of requests are not made as old ones, however many of them a collection finds alive', () => {
  if (tenuredSites('') === 0) return; // another V8, which does not tell
  assert.is(tenuredSites('tuned'), 0);
});
