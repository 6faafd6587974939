import { once } from 'node:events';
import { startExecServer } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { readUntil } from '../harness/byte-streams.js';
import { launcher, runCommand } from '../harness/command-line.js';
import { LiveCommand } from '../harness/live-command.js';
import { allGone, isRunning } from '../harness/process-state.js';
import { suite } from '../harness/test.js';

const test = suite('local-streams');

/** Prints its number, and says so when it is interrupted. */
const interruptible = 'trap "echo interrupted; exit 6" INT; echo pid $$; while :; do sleep 0.01; done';

async function pidOf(command: LiveCommand): Promise<number> {
  return Number(/pid (\d+)\n/.exec(await command.printed(/pid \d+\n/))?.[1]);
}

test('SIGINT reaches the command, whose exit code counts', async () => {
  await using command = new LiveCommand(['exec', '--', 'sh', '-c', interruptible]);
  await command.printed('pid');
  command.child.kill('SIGINT');
  assert.equal(await command.ended, { code: 6, signal: null });
  assert.match(command.stdout, 'interrupted');
});

test('SIGINT reaches a command on a server, which may go on', async () => {
  await using host = await startExecServer();
  const script = 'trap "echo interrupted" INT; echo ready; while read line; do :; done; echo end';
  await using command = new LiveCommand(['exec', '--url', host.url, '--', 'bash', '-c', script], { EXEC_SERVER_TOKEN: host.token });
  await command.printed('ready');
  command.child.kill('SIGINT');
  await command.printed('interrupted');
  command.child.stdin.end();
  assert.equal(await command.ended, { code: 0, signal: null });
  assert.match(command.stdout, 'end');
});

for (const signal of ['SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) {
  test(`P8: ${signal} ends the command, even one that ignores it`, async () => {
    await using command = new LiveCommand([
      'exec',
      '--',
      'bash',
      '-c',
      'trap "" TERM HUP QUIT INT; echo pid $$; sleep 600 & wait; exec sleep 600',
    ]);
    const pid = await pidOf(command);
    command.child.kill(signal);
    assert.equal(await command.ended, { code: 137, signal: null });
    await allGone([pid]);
  });
}

test('P8: when nobody reads our output any more, the command is ended and the exit code is 141', async () => {
  await using command = new LiveCommand(['exec', '--', 'sh', '-c', 'echo pid $$; exec yes']);
  const pid = await pidOf(command);
  command.child.stdout.destroy();
  assert.equal((await once(command.child, 'exit'))[0], 141);
  await allGone([pid]);
  assert.is(command.stderr, '');
});

test('P7: a reader of ours that is slow loses nothing', async () => {
  await using command = new LiveCommand(['exec', '--', 'seq', '500000']);
  command.child.stdout.pause();
  await once(command.child.stdout, 'readable');
  command.child.stdout.resume();
  assert.equal(await command.ended, { code: 0, signal: null });
  assert.is(command.stdout.length, 3_388_895);
  assert.ok(command.stdout.endsWith('499999\n500000\n'));
});

test('the input may come later than the command, and ends with ours', async () => {
  await using command = new LiveCommand(['exec', '--', 'sh', '-c', 'echo ready; cat; echo end']);
  await command.printed('ready');
  command.child.stdin.write('one ');
  await command.printed('one ');
  command.child.stdin.end('two ');
  assert.equal(await command.ended, { code: 0, signal: null });
  assert.is(command.stdout, 'ready\none two end\n');
});

test('a command that ends while our input is still open ends us', async () => {
  await using command = new LiveCommand(['exec', '--', 'sh', '-c', 'exit 4']);
  assert.equal(await command.ended, { code: 4, signal: null });
});

test('a command that reads no input is not bothered by it', async () => {
  const { code, stdout, stderr } = await runCommand(['exec', '--', 'sh', '-c', 'exec <&-; echo fine'], 'x'.repeat(1_000_000));
  assert.equal([code, stdout.toString(), stderr], [0, 'fine\n', '']);
});

test('output of others is waited for after the command, no longer than asked', async () => {
  const script = '(sleep 0.2; echo late) & echo early';
  const waited = await runCommand(['exec', '--drain', '15000', '--', 'sh', '-c', script]);
  assert.equal([waited.code, waited.stdout.toString()], [0, 'early\nlate\n']);
  const left = await runCommand(['exec', '--drain', '0', '--', 'sh', '-c', 'sleep 600 & echo early']);
  assert.equal([left.code, left.stdout.toString()], [0, 'early\n']);
});

test('in a terminal the command has one of the same size, keys reach it as typed, and Ctrl-C is its own', async () => {
  await using host = await startExecServer();
  const local = await host.client.processes.start({
    argv: [
      process.execPath,
      launcher,
      'exec',
      '--tty',
      '--',
      'sh',
      '-c',
      'trap "echo interrupted; exit 8" INT; stty size; read key; echo "<$key>"; while :; do sleep 0.01; done',
    ],
    tty: { rows: 13, cols: 57 },
  });
  const reader = local.stdout.getReader();
  await readUntil(reader, '13 57');
  await local.write('k\r');
  await readUntil(reader, '<k>');
  await local.write('\u0003');
  await readUntil(reader, 'interrupted');
  assert.equal(await local.closed, { exitCode: 8, signal: null, timedOut: false });
});

test('the size of our terminal is followed', async () => {
  await using host = await startExecServer();
  const script = 'trap "stty size" WINCH; echo ready; while :; do sleep 0.01; done';
  const local = await host.client.processes.start({
    argv: [process.execPath, launcher, 'exec', '--tty', '--', 'sh', '-c', script],
    tty: { rows: 10, cols: 20 },
  });
  const reader = local.stdout.getReader();
  await readUntil(reader, 'ready');
  await local.resize({ rows: 30, cols: 40 });
  await readUntil(reader, '30 40');
  await local.terminate();
  await local.closed;
});

test('P8: a command whose client is killed is gone when the server has waited for it long enough', async () => {
  await using host = await startExecServer({ server: { limits: { detachedSessionMs: 1 } } });
  await using command = new LiveCommand(['exec', '--url', host.url, '--', 'sh', '-c', 'echo pid $$; exec sleep 600'], {
    EXEC_SERVER_TOKEN: host.token,
  });
  const pid = await pidOf(command);
  assert.ok(isRunning(pid));
  command.child.kill('SIGKILL');
  await allGone([pid]);
});
