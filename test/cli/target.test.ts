import { startExecServer } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { runCommand } from '../harness/command-line.js';
import { allGone } from '../harness/process-state.js';
import { Scratch } from '../harness/scratch.js';
import { suite } from '../harness/test.js';

const test = suite('target');

test('the token comes from a file, or from EXEC_SERVER_TOKEN', async () => {
  await using host = await startExecServer();
  using scratch = new Scratch();
  const file = scratch.file('token', `${host.token}\n`);
  const run = ['exec', '--url', host.url, '--', 'true'];
  const ways: [string[], NodeJS.ProcessEnv][] = [
    [['exec', '--token-file', file, ...run.slice(1)], {}],
    [run, { EXEC_SERVER_TOKEN: host.token }],
    [run, { EXEC_SERVER_TOKEN_FILE: file }],
    [run, { EXEC_SERVER_TOKEN_FILE: file, EXEC_SERVER_TOKEN: 'the file goes before' }],
  ];
  for (const [args, env] of ways) {
    const { code, stderr } = await runCommand(args, '', env);
    assert.equal([code, stderr], [0, '']);
  }
});

test('flags go before variables', async () => {
  await using host = await startExecServer();
  const env = { EXEC_SERVER_URL: 'ws://127.0.0.1:1', EXEC_SERVER_TOKEN: host.token };
  assert.is((await runCommand(['exec', '--url', host.url, '--', 'true'], '', env)).code, 0);
});

test('S3: missing or wrong credentials are exit code 255, with what to do about it and without the token', async () => {
  await using host = await startExecServer();
  for (const [token, text] of [
    [undefined, 'missing websocket bearer token'],
    ['guessed', 'invalid websocket bearer token'],
    ['', 'invalid authorization header'],
  ] as const) {
    const { code, stdout, stderr } = await runCommand(['exec', '--url', host.url, '--', 'true'], '', { EXEC_SERVER_TOKEN: token });
    assert.equal([code, stdout.toString()], [255, '']);
    assert.match(stderr, `${host.url} wants credentials`);
    assert.match(stderr, text);
    assert.match(stderr, 'EXEC_SERVER_TOKEN or --token-file');
    assert.not.match(stderr, 'guessed');
  }
});

test('a token file that cannot be read is exit code 1', async () => {
  const { code, stderr } = await runCommand(['exec', '--url', 'ws://127.0.0.1:1', '--token-file', '/no/such/file', '--', 'true']);
  assert.is(code, 1);
  assert.match(stderr, /^Error: failed to read the token: .*\/no\/such\/file/);
});

test('P8: without a URL the server is one of our own, which leaves nothing behind', async () => {
  const { code, stdout } = await runCommand(['exec', '--', 'sh', '-c', 'sleep 600 & echo $!']);
  assert.is(code, 0);
  await allGone([Number(stdout.toString())]);
});
