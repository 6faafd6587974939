import { startExecServer } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { readUntil } from '../../harness/byte-streams.js';
import { launcher, runCommand } from '../../harness/command-line.js';
import { startDetached } from '../../harness/detached-command.js';
import { leaveSession } from '../../harness/leave-session.js';
import { LiveCommand } from '../../harness/live-command.js';
import { isRunning } from '../../harness/process-state.js';
import { suite } from '../../harness/test.js';

const test = suite('attach');

test('what was printed before is shown first, then input, output and exit code are joined', async () => {
  await using detached = await startDetached(['sh', '-c', 'echo before; read line; echo "got $line"; exit 9']);
  const { code, stdout, stderr } = await runCommand(['attach', detached.id], 'a line\n', detached.env);
  assert.equal([code, stdout.toString(), stderr], [9, 'before\ngot a line\n', '']);
});

test('a process that has ended is shown with its exit code', async () => {
  await using detached = await startDetached(['sh', '-c', 'echo over; exit 5']);
  const client = await detached.host.connect({ sessionId: detached.sessionId });
  await (
    await client.processes.attach(detached.id)
  ).closed;
  await leaveSession(detached.host, client);
  const { code, stdout } = await runCommand(['attach', detached.id], '', detached.env);
  assert.equal([code, stdout.toString()], [5, 'over\n']);
});

test('P8: the session and its other processes live on after it', async () => {
  await using detached = await startDetached(['cat']);
  const client = await detached.host.connect({ sessionId: detached.sessionId });
  const other = await client.processes.start({ argv: ['sleep', '600'] });
  await leaveSession(detached.host, client);
  assert.is((await runCommand(['attach', detached.id], 'x', detached.env)).code, 0);
  assert.ok(isRunning(other.pid as number));
});

test('a process that is killed while nobody asked for its output leaves it to be taken up again', async () => {
  await using detached = await startDetached(['sh', '-c', 'echo ready; cat']);
  await using first = new LiveCommand(['attach', detached.id], detached.env);
  await first.printed('ready');
  first.child.kill('SIGKILL');
  await first.ended;
  const { code, stdout } = await runCommand(['attach', detached.id], 'again', detached.env);
  assert.equal([code, stdout.toString()], [0, 'ready\nagain']);
});

test('an unknown process is a failure with exit code 1', async () => {
  await using detached = await startDetached(['cat']);
  const { code, stdout, stderr } = await runCommand(['attach', 'nobody'], '', detached.env);
  assert.equal([code, stdout.toString(), stderr], [1, '', 'Error: unknown process id nobody\n']);
});

test('T3: what is still kept is shown although older output is gone, and the loss is told', async () => {
  await using host = await startExecServer({ server: { limits: { retainedOutputBytes: 1_000_000 } } });
  const client = await host.connect();
  const remote = await client.processes.start({ argv: ['sh', '-c', 'seq 1 400000; cat'], stdin: true });
  await readUntil(remote.stdout.getReader(), '400000\n');
  await leaveSession(host, client);
  const env = { EXEC_SERVER_URL: host.url, EXEC_SERVER_TOKEN: host.token, EXEC_SERVER_SESSION: client.sessionId };
  const { code, stdout, stderr } = await runCommand(['attach', remote.id], 'and on', env);
  assert.match(stderr, /output 1 to \d+ .*lost/);
  assert.ok(stdout.toString().endsWith('399999\n400000\nand on'), `${stdout.length} bytes were shown`);
  assert.is(code, 0);
});

test('in a terminal it takes over the size, passes keys on, and Ctrl-] leaves the process running', async () => {
  await using detached = await startDetached(['sh', '-c', 'read line; stty size; cat'], true);
  const terminal = await detached.host.connect();
  const local = await terminal.processes.start({
    argv: [process.execPath, launcher, 'attach', detached.id],
    env: detached.env as Record<string, string>,
    tty: { rows: 17, cols: 71 },
  });
  const reader = local.stdout.getReader();
  await local.write('go\r');
  await readUntil(reader, '17 71');
  await local.write('typed\r');
  await readUntil(reader, 'typed');
  await local.write('\u001d');
  assert.equal(await local.closed, { exitCode: 0, signal: null, timedOut: false });
  assert.ok(isRunning(detached.pid));
});
