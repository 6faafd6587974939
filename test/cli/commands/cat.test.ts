import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as assert from 'uvu/assert';
import { launcher, runCommand, startCommandServer } from '../../harness/command-line.js';
import { plainEnvironment } from '../../harness/live-command.js';
import { Scratch } from '../../harness/scratch.js';
import { suite } from '../../harness/test.js';

const test = suite('cat');

test('files of any size come out one behind the other; what cannot be read is named', async () => {
  await using server = await startCommandServer();
  using scratch = new Scratch();
  const large = scratch.file('large', Buffer.alloc(12_000_000, 'abc'));
  const small = scratch.file('small', 'end');
  const { code, stdout, stderr } = await runCommand(['cat', '--url', server.url, large, scratch.path, `:${small}`]);
  assert.equal([code, stdout.length, stdout.subarray(-6).toString()], [1, 12_000_003, 'abcend']);
  assert.is(stderr, `exec-server: ${scratch.path}: Is a directory\n`);
});

test('when nobody reads any more it ends', async () => {
  await using server = await startCommandServer();
  using scratch = new Scratch();
  const large = scratch.file('large', Buffer.alloc(12_000_000, 'abc'));
  const child = spawn(process.execPath, [launcher, 'cat', '--url', server.url, large], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.stdout.destroy();
  assert.equal(await once(child, 'close'), [141, null]);
});

test('it needs a server', async () => {
  const { code, stderr } = await runCommand(['cat', '/etc/hosts'], '', plainEnvironment());
  assert.equal([code, stderr], [2, 'Error: --url is missing: which server has the files?\n']);
});
