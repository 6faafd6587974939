import { chmodSync } from 'node:fs';
import { delimiter } from 'node:path';
import * as assert from 'uvu/assert';
import { RpcError } from '#protocol/errors.js';
import { findProgram } from '#server/process/program.js';
import { launchRequest } from '../../harness/launching.js';
import { refusedStarts } from '../../harness/refused-starts.js';
import { Scratch } from '../../harness/scratch.js';
import { suite } from '../../harness/test.js';

const test = suite('program');

const script = '#!/bin/sh\n';
const withPath = (...directories: string[]): ReadonlyMap<string, string> => new Map([['PATH', directories.join(delimiter)]]);

for (const { what, message, osError, build } of refusedStarts.filter((refused) => refused.osError !== 'E2BIG')) {
  test(`${what} is refused before anything is created`, () => {
    using scratch = new Scratch();
    const request = build(scratch);
    try {
      findProgram(request);
      assert.unreachable();
    } catch (error) {
      assert.instance(error, RpcError);
      assert.is((error as RpcError).reason, 'startFailed');
      assert.is((error as RpcError).message, message);
      assert.is((error as RpcError).detail['osError'], osError);
    }
  });
}

test('a program without a name is refused in the words of the base', () => {
  for (const argv of [[''], []]) {
    assert.throws(() => findProgram(launchRequest(argv)), 'missing program for pipe spawn');
    assert.throws(() => findProgram(launchRequest(argv, { terminal: { rows: 1, cols: 1 } })), 'missing program for PTY spawn');
  }
});

test("a name without a slash is looked up in the child's PATH, in its order", () => {
  using scratch = new Scratch();
  const [first, second] = ['first', 'second'].map((name) => scratch.file(`${name}/program`, script, 0o755));
  const [a, b] = [scratch.directory('first'), scratch.directory('second')];
  assert.is(findProgram(launchRequest(['program'], { env: withPath(a, b) })), first);
  assert.is(findProgram(launchRequest(['program'], { env: withPath(b, a) })), second);
  chmodSync(first as string, 0o644);
  assert.is(findProgram(launchRequest(['program'], { env: withPath(a, b) })), second, 'what cannot be executed is passed over');
});

test('without a PATH the directories of the system are searched', () => {
  assert.match(findProgram(launchRequest(['ls'], { env: new Map() })), /\/bin\/ls$/);
});

test('a relative directory in PATH, and a relative program, begin at the working directory of the child', () => {
  using scratch = new Scratch();
  const file = scratch.file('bin/program', script, 0o755);
  assert.is(findProgram(launchRequest(['program'], { cwd: scratch.path, env: withPath('/nowhere', 'bin') })), file);
  for (const name of ['bin/program', './bin/program', '../program']) {
    assert.is(findProgram(launchRequest([name], { cwd: name === '../program' ? scratch.directory('bin/x') : scratch.path })), file, name);
  }
});

test('a program with a slash is not looked up', () => {
  using scratch = new Scratch();
  scratch.file('bin/program', script, 0o755);
  assert.throws(() => findProgram(launchRequest(['./program'], { env: withPath(scratch.directory('bin')) })), 'No such file');
});

test('what is neither text nor marked by `#!` is left to the system', () => {
  using scratch = new Scratch();
  const binary = scratch.file('binary', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0]), 0o755);
  assert.is(findProgram(launchRequest([binary])), binary);
});

test('an empty file that may be executed is refused like a script without interpreter', () => {
  using scratch = new Scratch();
  assert.throws(() => findProgram(launchRequest([scratch.file('empty', '', 0o755)])), 'Exec format error');
});
