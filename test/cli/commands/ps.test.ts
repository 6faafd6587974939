import * as assert from 'uvu/assert';
import { runCommand } from '../../harness/command-line.js';
import { startDetached } from '../../harness/detached-command.js';
import { leaveSession } from '../../harness/leave-session.js';
import { suite } from '../../harness/test.js';

const test = suite('ps');

test('it shows the processes of a session as a table, and leaves them running', async () => {
  await using detached = await startDetached(['sh', '-c', 'cat; echo "two words"']);
  const { code, stdout, stderr } = await runCommand(['ps'], '', detached.env);
  assert.equal([code, stderr], [0, '']);
  const [head = '', row = '', ...more] = stdout.toString().split('\n');
  assert.match(head, /^PROCESS +PID +STATE +EXIT +STARTED +COMMAND$/);
  assert.match(
    row,
    new RegExp(`^${detached.id}  ${detached.pid} +running  - +\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ  sh -c "cat; echo`),
  );
  assert.equal(more, ['']);
  const again = await runCommand(['ps'], '', detached.env);
  assert.is(again.stdout.toString(), stdout.toString());
});

test('exit codes and signals are shown, and control characters are not', async () => {
  await using detached = await startDetached(['sh', '-c', 'kill -USR1 $$', '\u001b[31m\n']);
  const client = await detached.host.connect({ sessionId: detached.sessionId });
  await (
    await client.processes.attach(detached.id)
  ).closed;
  const failed = await client.processes.start({ argv: ['sh', '-c', 'exit 3'] });
  await failed.closed;
  const late = await client.processes.start({ argv: ['sleep', '600'], timeoutMs: 1 });
  await late.closed;
  await leaveSession(detached.host, client);
  const { stdout } = await runCommand(['ps'], '', detached.env);
  const [, first = '', second = '', third = ''] = stdout.toString().split('\n');
  assert.match(first, /closed +SIGUSR1 .* "\\u001b\[31m\\n"$/);
  assert.match(second, /closed +3 /);
  assert.match(third, /closed +timed-out /, 'T1');
  assert.is((await runCommand(['attach', late.id], '', detached.env)).code, 124, 'T1');
});

test('--json prints what the server tells', async () => {
  await using detached = await startDetached(['cat']);
  const { code, stdout } = await runCommand(['ps', '--json'], '', detached.env);
  const [entry, ...more] = JSON.parse(stdout.toString()) as { processId: string; state: string; argv: string[] }[];
  assert.equal([code, more], [0, []]);
  assert.equal([entry?.processId, entry?.state, entry?.argv], [detached.id, 'running', ['cat']]);
});

test('an unknown session and one in use are told apart, with exit code 255', async () => {
  await using detached = await startDetached(['cat']);
  const unknown = await runCommand(['ps', '--session', 'unknown'], '', detached.env);
  assert.is(unknown.code, 255);
  assert.match(unknown.stderr, 'unknown session id unknown');
  await using holder = await detached.host.connect({ sessionId: detached.sessionId });
  const used = await runCommand(['ps'], '', detached.env);
  assert.is(used.code, 255);
  assert.match(used.stderr, /^Error: the session is in use by another connection: /);
  assert.is(holder.state, 'ready');
});
