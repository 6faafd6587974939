import * as assert from 'uvu/assert';
import { runCommand } from '../../harness/command-line.js';
import { startDetached } from '../../harness/detached-command.js';
import { leaveSession } from '../../harness/leave-session.js';
import { allGone } from '../../harness/process-state.js';
import { suite } from '../../harness/test.js';

const test = suite('kill');

test('P8: it ends a process with its group, and leaves the session', async () => {
  await using detached = await startDetached(['bash', '-c', 'trap "" TERM INT HUP; sleep 600 & wait']);
  const { code, stdout, stderr } = await runCommand(['kill', detached.id], '', detached.env);
  assert.equal([code, stdout.toString(), stderr], [0, '', '']);
  await allGone([detached.pid]);
  const client = await detached.host.connect({ sessionId: detached.sessionId });
  const [entry] = (await client.processes.list()).processes;
  assert.equal([entry?.processId, entry?.signal], [detached.id, 'SIGKILL']);
});

test('--interrupt interrupts it', async () => {
  await using detached = await startDetached(['cat']);
  assert.is((await runCommand(['kill', '--interrupt', detached.id], '', detached.env)).code, 0);
  const client = await detached.host.connect({ sessionId: detached.sessionId });
  const remote = await client.processes.attach(detached.id);
  assert.equal(await remote.closed, { exitCode: 130, signal: 'SIGINT' });
});

test('a process that has ended, or never was, is a failure with exit code 1', async () => {
  await using detached = await startDetached(['true']);
  const client = await detached.host.connect({ sessionId: detached.sessionId });
  await (
    await client.processes.attach(detached.id)
  ).closed;
  await leaveSession(detached.host, client);
  const ended = await runCommand(['kill', detached.id], '', detached.env);
  assert.equal([ended.code, ended.stderr], [1, `Error: process ${detached.id} is not running: closed\n`]);
  const nobody = await runCommand(['kill', 'nobody'], '', detached.env);
  assert.equal([nobody.code, nobody.stderr], [1, 'Error: the session has no process nobody\n']);
});
