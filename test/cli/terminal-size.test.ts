import { startExecServer } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { readAll } from '../harness/byte-streams.js';
import { launcher } from '../harness/command-line.js';
import { suite } from '../harness/test.js';

const test = suite('terminal-size');

/** What a command in a remote terminal takes its size to be, when the local one says this of itself. */
async function sizeBehind(stty: string): Promise<string> {
  await using host = await startExecServer();
  const script = `stty ${stty}; ${process.execPath} ${launcher} exec --tty -- stty size`;
  const local = await host.client.processes.start({ argv: ['sh', '-c', script], tty: { rows: 31, cols: 91 } });
  return Buffer.from(await readAll(local.stdout))
    .toString()
    .trim();
}

test('a command in a terminal gets the size of ours', async () => assert.is(await sizeBehind('rows 17 cols 71'), '17 71'));

test('a terminal that does not know its size gives way to the usual one', async () => {
  assert.is(await sizeBehind('rows 0 cols 0'), '24 80');
});
