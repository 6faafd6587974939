import { execFileSync } from 'node:child_process';
import { copyFileSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as assert from 'uvu/assert';
import { launcher } from '../../harness/command-line.js';
import { Scratch } from '../../harness/scratch.js';
import { suite } from '../../harness/test.js';

const test = suite('bin/exec-server');

/** Files of an installation, and when each was written, in seconds; returns what the launcher takes. */
function taken(files: Readonly<Record<string, number>>, env: NodeJS.ProcessEnv = {}): string {
  using scratch = new Scratch();
  scratch.file('cli/package.json', '{"type":"module"}');
  const copy = scratch.file('cli/bin/exec-server.js');
  copyFileSync(launcher, copy);
  for (const [name, seconds] of Object.entries(files)) {
    const path = scratch.file(name, `console.log(${JSON.stringify(dirname(name))})`);
    utimesSync(path, seconds, seconds);
  }
  const cwd = scratch.directory('elsewhere');
  return execFileSync(process.execPath, [join(scratch.path, 'cli', 'bin', 'exec-server.js')], {
    cwd,
    env: { ...process.env, NODE_V8_COVERAGE: '', ...env }, // left out, Node would put in its own
    stdio: ['ignore', 'pipe', 'ignore'],
    encoding: 'utf8',
  }).trim();
}

test('it takes the bundle', () => {
  assert.is(taken({ 'cli/bundle/main.js': 20, 'cli/dist/main.js': 10, 'server/dist/tsconfig.tsbuildinfo': 10 }), 'cli/bundle');
});

test('it takes what was compiled when that is newer than the bundle, in whatever room', () => {
  for (const room of ['protocol', 'client', 'server', 'mcp', 'cli']) {
    const files = { 'cli/bundle/main.js': 20, 'cli/dist/main.js': 10, [`${room}/dist/tsconfig.tsbuildinfo`]: 30 };
    assert.is(taken(files), 'cli/dist', room);
  }
});

test('it takes what was compiled when there is no bundle', () => {
  assert.is(taken({ 'cli/dist/main.js': 10, 'cli/dist/tsconfig.tsbuildinfo': 10 }), 'cli/dist');
});

test('installations whose files have no time are as good as others', () => {
  assert.is(taken({ 'cli/bundle/main.js': 0, 'cli/dist/main.js': 0 }), 'cli/bundle');
  assert.is(taken({ 'cli/dist/main.js': 0 }), 'cli/dist');
});

test('measured coverage speaks of what was compiled', () => {
  using coverage = new Scratch();
  const files = { 'cli/bundle/main.js': 20, 'cli/dist/main.js': 10 };
  assert.is(taken(files, { NODE_V8_COVERAGE: coverage.path }), 'cli/dist');
});

test('it says what is missing when nothing was built', () => {
  assert.throws(() => taken({}), /Command failed/);
});
