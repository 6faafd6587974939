import { readdirSync, readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { runCommand, startCommandServer } from '../../harness/command-line.js';
import { plainEnvironment } from '../../harness/live-command.js';
import { Scratch } from '../../harness/scratch.js';
import { suite } from '../../harness/test.js';

const test = suite('cp');

async function cp(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<[number | null, string, string]> {
  const { code, stdout, stderr } = await runCommand(['cp', ...args], '', plainEnvironment(env));
  return [code, stdout.toString(), stderr];
}

const senseless: readonly (readonly [args: readonly string[], text: string])[] = [
  [['a'], 'a source and a destination are needed'],
  [['a', 'b'], 'both on this machine'],
  [[':a', ':b'], 'both on the server'],
  [['-', 'a', ':b'], '"-" goes with one other path'],
  [['--jobs', '0', 'a', ':b'], 'at least 1'],
  [['--jobs', '65', 'a', ':b'], 'at most 64'],
];
for (const [args, text] of senseless) {
  test(`cp ${args.join(' ')} makes no sense`, async () => {
    const [code, stdout, stderr] = await cp([...args, '--url', 'ws://127.0.0.1:1']);
    assert.equal([code, stdout], [2, '']);
    assert.ok(stderr.includes(text), stderr);
  });
}

test('M2: without a server nothing is copied: "remote" never means this machine', async () => {
  using scratch = new Scratch();
  const source = scratch.file('source', 'x');
  const [code, , stderr] = await cp([source, `:${scratch.path}/there`]);
  assert.equal([code, stderr], [2, 'Error: --url is missing: which server has the files?\n']);
  assert.equal(readdirSync(scratch.path), ['source']);
});

test('a server that cannot be reached gives 255', async () => {
  const [code, , stderr] = await cp(['--url', 'ws://127.0.0.1:1', 'a', ':b']);
  assert.is(code, 255);
  assert.match(stderr, /^Error: cannot connect to ws:\/\/127\.0\.0\.1:1: /);
});

test('what cannot be copied to stdout, or from stdin, is named', async () => {
  await using server = await startCommandServer();
  const env = { EXEC_SERVER_URL: server.url };
  assert.equal(await cp([':/no/such', '-'], env), [1, '', 'exec-server: /no/such -> -: No such file or directory\n']);
  assert.equal(await cp(['-', ':/no/such'], env), [1, '', 'exec-server: - -> /no/such: No such file or directory\n']);
  assert.equal(await cp(['-', ':/tmp/'], env), [1, '', 'exec-server: - -> /tmp/: A file name is needed for what comes on stdin\n']);
});

test('relative paths on the server begin at its working directory', async () => {
  await using server = await startCommandServer();
  using scratch = new Scratch();
  const source = scratch.file('source', 'x');
  assert.equal(await cp([':package.json', `${scratch.path}/`], { EXEC_SERVER_URL: server.url }), [0, '', '']);
  assert.is(readFileSync(`${scratch.path}/package.json`, 'utf8'), readFileSync('package.json', 'utf8'));
  assert.equal(await cp([source, `REMOTE:${scratch.path}/../${scratch.path.split('/').at(-1)}/there`], { EXEC_SERVER_URL: server.url }), [
    0,
    '',
    '',
  ]);
  assert.is(readFileSync(`${scratch.path}/there`, 'utf8'), 'x');
});
