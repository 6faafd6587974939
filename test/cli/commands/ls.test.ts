import * as assert from 'uvu/assert';
import { runCommand, startCommandServer } from '../../harness/command-line.js';
import { plainEnvironment } from '../../harness/live-command.js';
import { suite } from '../../harness/test.js';

const test = suite('ls');

async function ls(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<[number | null, string, string]> {
  const { code, stdout, stderr } = await runCommand(['ls', ...args], '', plainEnvironment(env));
  return [code, stdout.toString(), stderr];
}

test('without a path it lists the working directory of the server', async () => {
  await using server = await startCommandServer();
  const [code, stdout] = await ls([], { EXEC_SERVER_URL: server.url });
  assert.is(code, 0);
  assert.ok(stdout.split('\n').includes('package.json'));
  assert.equal((await ls([':'], { EXEC_SERVER_URL: server.url }))[1], stdout);
});

test('it needs a server', async () => {
  assert.equal(await ls([]), [2, '', 'Error: --url is missing: which server has the files?\n']);
  assert.is((await ls(['--url', 'ws://127.0.0.1:1']))[0], 255);
});
