import { createRequire } from 'node:module';
import * as assert from 'uvu/assert';
import { runCommand } from '../harness/command-line.js';
import { plainEnvironment } from '../harness/live-command.js';
import { suite } from '../harness/test.js';

const test = suite('main');

const { version } = createRequire(import.meta.url)('../../../cli/package.json') as { version: string };
/** Variables that the command line reads, taken away. */
const withoutVariables = Object.fromEntries(
  Object.keys(process.env)
    .filter((name) => !(name in plainEnvironment()))
    .map((name) => [name, undefined]),
);
const url = ['--url', 'ws://127.0.0.1:1'];

for (const args of [
  ['--no-such-flag'],
  ['no-such-command'],
  ['--concurrent-requests', '0'],
  ['--concurrent-requests', 'many'],
  ['--session-detach-seconds', '0'],
  ['--ws-auth', 'no-such-mode'],
  ['--log-level', 'loud'],
  ['--listen'],
  ['exec'],
  ['exec', '--no-such-flag', '--', 'true'],
  ['exec', '--env', 'no value', '--', 'true'],
  ['exec', '--env', '=value', '--', 'true'],
  ['exec', '--inherit', 'some', '--', 'true'],
  ['exec', '--drain', '-1', '--', 'true'],
  ['exec', '--detach', '--', 'true'],
  ['exec', '--session', 'id', '--', 'true'],
  ['exec', '--url', 'http://127.0.0.1:1', '--', 'true'],
  ['exec', '--url', 'ws://', '--', 'true'],
  ['ps'],
  ['ps', ...url],
  ['ps', '--session', 'id'],
  ['attach', ...url, '--session', 'id'],
  ['attach', ...url, 'process'],
  ['kill', ...url, '--session', 'id'],
  ['kill', 'process'],
]) {
  test(`"exec-server ${args.join(' ')}" is a usage error: exit code 2, a word on stderr, nothing on stdout`, async () => {
    const { code, stdout, stderr } = await runCommand(args, '', withoutVariables);
    assert.equal([code, stdout.toString()], [2, '']);
    assert.match(stderr, /^(?:e|E)rror: /);
  });
}

test('help and version go to stdout with exit code 0', async () => {
  for (const args of [['--help'], ['exec', '--help'], ['serve', '--help'], ['help', 'ps']]) {
    const { code, stdout, stderr } = await runCommand(args);
    assert.equal([code, stderr], [0, '']);
    assert.match(stdout.toString(), 'Usage: exec-server');
  }
  const { code, stdout } = await runCommand(['--version']);
  assert.equal([code, stdout.toString()], [0, `${version}\n`]);
});

test('what follows the program belongs to it, even what looks like a flag of ours', async () => {
  const { stdout, code } = await runCommand(['exec', 'printf', '%s|', '--json', '--version', '-t'], '', withoutVariables);
  assert.equal([code, stdout.toString()], [0, '--json|--version|-t|']);
});
