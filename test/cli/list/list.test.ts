import { startExecServer } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { launcher, runCommand, startCommandServer } from '../../harness/command-line.js';
import { Scratch } from '../../harness/scratch.js';
import { readAll } from '../../harness/byte-streams.js';
import { suite } from '../../harness/test.js';

const test = suite('list');

function createFiles(): Scratch {
  const scratch = new Scratch();
  for (const name of ['a b', 'new\nline', '\x1b[31mred', 'plain']) scratch.file(name, name);
  return scratch;
}

test('elsewhere than on a terminal names are what they are, one a line', async () => {
  await using server = await startCommandServer();
  using scratch = createFiles();
  const { stdout, code } = await runCommand(['ls', '--url', server.url, scratch.path]);
  assert.equal([code, stdout.toString()], [0, '\x1b[31mred\na b\nnew\nline\nplain\n']);
});

test('S4: on a terminal names are in columns and quoted: no control character gets through', async () => {
  await using host = await startExecServer();
  using scratch = createFiles();
  const terminal = await host.client.processes.start({
    argv: [process.execPath, launcher, 'ls', '--url', host.url, scratch.path],
    env: { EXEC_SERVER_TOKEN: host.token },
    tty: { rows: 24, cols: 60 },
  });
  const shown = (await readAll(terminal.stdout)).toString();
  assert.is(shown, `${String.raw`$'\x1b[31mred'  'a b'  $'new\nline'  plain`}\r\n`);
});
