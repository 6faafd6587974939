import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { runCommand } from '../../harness/command-line.js';
import { startDetached } from '../../harness/detached-command.js';
import { leaveSession } from '../../harness/leave-session.js';
import { plainEnvironment } from '../../harness/live-command.js';
import { readUntil } from '../../harness/byte-streams.js';
import { allGone, isRunning } from '../../harness/process-state.js';
import { suite } from '../../harness/test.js';

const test = suite('kill');

/** Resolves when a shell has set its traps and runs its first `sleep`. */
async function sleepsInShell(pid: number): Promise<void> {
  const children = (): string => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  while (children() === '') await new Promise((resolve) => setImmediate(resolve));
}

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
  assert.equal(await remote.closed, { exitCode: 130, signal: 'SIGINT', timedOut: false });
});

test('--signal sends one, by any of its names', async () => {
  const script = 'trap "exit 4" USR1; trap "exit 5" TERM; while :; do sleep 0.01; done';
  for (const [name, exitCode] of [
    ['user1', 4],
    ['SIGUSR1', 4],
    ['term', 5],
  ] as const) {
    await using detached = await startDetached(['sh', '-c', script]);
    await sleepsInShell(detached.pid);
    assert.is((await runCommand(['kill', '--signal', name, detached.id], '', detached.env)).code, 0);
    const client = await detached.host.connect({ sessionId: detached.sessionId });
    assert.is((await (await client.processes.attach(detached.id)).closed).exitCode, exitCode);
  }
});

test('--foreground reaches what has the terminal', async () => {
  await using detached = await startDetached(['sleep', '600'], true);
  assert.is((await runCommand(['kill', '--signal', 'hup', '--foreground', detached.id], '', detached.env)).code, 0);
  await allGone([detached.pid]);
  await using piped = await startDetached(['sleep', '600']);
  const { code, stderr } = await runCommand(['kill', '--signal', 'hup', '--foreground', piped.id], '', piped.env);
  assert.equal([code, stderr], [1, `Error: process ${piped.id} has no terminal and no foreground group\n`]);
});

test('P8: --grace asks before it kills', async () => {
  await using detached = await startDetached(['sh', '-c', 'trap "exit 6" TERM; while :; do sleep 0.01; done']);
  await sleepsInShell(detached.pid);
  assert.is((await runCommand(['kill', '--grace', '600', detached.id], '', detached.env)).code, 0);
  const client = await detached.host.connect({ sessionId: detached.sessionId });
  assert.is((await (await client.processes.attach(detached.id)).closed).exitCode, 6);
  await using deaf = await startDetached(['sh', '-c', 'trap "" TERM; sleep 600; sleep 600']);
  assert.is((await runCommand(['kill', '--signal', 'TERM', '--grace', '0.1', deaf.id], '', deaf.env)).code, 0);
  await allGone([deaf.pid]);
});

test('P8: --orphans kills what an ended process left behind', async () => {
  await using detached = await startDetached(['sh', '-c', 'sleep 600 & echo $!']);
  const client = await detached.host.connect({ sessionId: detached.sessionId });
  const remote = await client.processes.attach(detached.id);
  await remote.exited;
  const pid = Number(await readUntil(remote.stdout.getReader(), '\n'));
  await leaveSession(detached.host, client);
  const refused = await runCommand(['kill', detached.id], '', detached.env);
  assert.equal([refused.code, refused.stderr], [1, `Error: process ${detached.id} is not running: exited\n`]);
  assert.ok(isRunning(pid));
  assert.is((await runCommand(['kill', '--orphans', detached.id], '', detached.env)).code, 0);
  await allGone([pid]);
});

test('what makes no sense together is refused', async () => {
  for (const flags of [
    ['--signal', 'segv'],
    ['--signal', 'hup', '--interrupt'],
    ['--signal', 'hup', '--grace', '1'],
    ['--interrupt', '--orphans'],
    ['--foreground'],
    ['--grace', '0'],
    ['--grace', 'soon'],
  ])
    assert.is((await runCommand(['kill', ...flags, 'p'], '', plainEnvironment())).code, 2, flags.join(' '));
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
