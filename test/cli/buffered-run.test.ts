import { limits } from '@exec-server/protocol';
import { startExecServer } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { runCommand } from '../harness/command-line.js';
import { LiveCommand } from '../harness/live-command.js';
import { suite } from '../harness/test.js';

const test = suite('buffered-run');

async function run(args: readonly string[], input: string | Buffer = '', env: NodeJS.ProcessEnv = {}) {
  const { code, stdout, stderr } = await runCommand(['exec', '--buffer', ...args], input, env);
  return [code, stdout.toString(), stderr] as const;
}

test('output and exit code come when the command has ended', async () => {
  assert.equal(await run(['--', 'sh', '-c', 'echo out; echo err >&2; exit 7']), [7, 'out\n', 'err\n']);
  assert.equal(await run(['--', 'sh', '-c', 'kill -KILL $$']), [137, '', '']);
  assert.equal(await run(['--', 'no-such-program']), [127, '', 'Error: no-such-program: No such file or directory (os error 2)\n']);
  const text = 'exec-server: timed out: the command was killed at the end of its time\n';
  assert.equal(await run(['--timeout', '1', '--', 'sleep', '600']), [124, '', text]);
});

test('all input goes with the request', async () => {
  const input = Buffer.alloc(3_000_000, 'bytes \xff\0', 'latin1');
  const { code, stdout } = await runCommand(['exec', '--buffer', '--', 'cat'], input);
  assert.equal([code, stdout.equals(input)], [0, true]);
  assert.equal(await run(['--', 'wc', '-c']), [0, '0\n', '']);
});

test('S4: what is more than a message carries is refused or said to be cut', async () => {
  const most = limits.mostRunOutputBytes;
  const [code, stdout, stderr] = await run(['--', 'cat'], Buffer.alloc(most + 1));
  assert.equal([code, stdout, stderr], [1, '', `Error: the input has more than the ${most} bytes that go at once: leave out --buffer\n`]);
  const cut = await runCommand(['exec', '--buffer', '--', 'head', '-c', String(most + 1), '/dev/zero']);
  assert.equal([cut.code, cut.stdout.length], [255, most]);
  assert.is(cut.stderr, `Error: the output has more than ${most} bytes: this was its beginning\n`);
});

test('as JSON it is one line', async () => {
  const [code, stdout] = await run(['--json', '--', 'sh', '-c', 'echo out; echo err >&2; exit 3']);
  const { processId, durationMs, ...rest } = JSON.parse(stdout) as Record<string, unknown>;
  assert.equal([code, typeof processId, typeof durationMs], [3, 'string', 'number']);
  const output = { stdoutBase64: btoa('out\n'), stderrBase64: btoa('err\n') };
  assert.equal(rest, { exitCode: 3, signal: null, timedOut: false, truncated: false, ...output });
});

test('it is one request, on a server', async () => {
  await using host = await startExecServer();
  const env = { EXEC_SERVER_TOKEN: host.token };
  const before = host.inspect().server.counters.requests;
  assert.equal(await run(['--url', host.url, '--', 'echo', 'hi'], '', env), [0, 'hi\n', '']);
  // The handshake, the run, and the close of the session.
  assert.is(host.inspect().server.counters.requests - before, 3);
});

test('a signal that asks us to end ends the command', async () => {
  await using host = await startExecServer();
  await using command = new LiveCommand(['exec', '--buffer', '--url', host.url, '--', 'sleep', '600'], { EXEC_SERVER_TOKEN: host.token });
  command.child.stdin.end();
  const live = (): number => host.inspect().server.liveProcesses;
  while (live() === 0) await new Promise(setImmediate);
  command.child.kill('SIGINT');
  assert.equal(await command.ended, { code: 130, signal: null });
  while (live() > 0) await new Promise(setImmediate);
});

test('nobody who reads is no fault', async () => {
  await using command = new LiveCommand(['exec', '--buffer', '--', 'seq', '1000000']);
  command.child.stdin.end();
  command.child.stdout.destroy();
  assert.equal(await command.ended, { code: 141, signal: null });
});
