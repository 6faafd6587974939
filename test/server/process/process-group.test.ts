import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import * as assert from 'uvu/assert';
import { ProcessGroup, signalGroup } from '#server/process/process-group.js';
import { allGone, isRunning } from '../../harness/process-state.js';
import { suite } from '../../harness/test.js';

const test = suite('process-group');

/** Beyond any number a system gives out. */
const nobody = 2 ** 30;
const checkMs = 5;

/** A leader and what it starts, all in one group; `line` is the first thing one of them says. */
async function startGroup(script: string) {
  const leader = spawn('/bin/sh', ['-c', script], { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: leader.stdout });
  const [line] = (await once(lines, 'line')) as [string];
  const pid = leader.pid as number;
  return {
    pid,
    line,
    group: new ProcessGroup(pid, checkMs),
    exited: leader.exitCode === null && leader.signalCode === null ? once(leader, 'exit') : Promise.resolve(),
    closed: once(leader, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
  };
}

test('P8: a kill reaches every process of the group, whatever it traps', async () => {
  const { group, closed } = await startGroup("trap '' TERM HUP INT; sh -c \"trap '' TERM; echo ready; sleep 60; sleep 60\"; exit 1");
  assert.is(group.hasLeader, true);
  assert.is(group.kill(), true);
  assert.equal(await closed, [null, 'SIGKILL'], 'all holders of the pipe are gone');
});

test('a signal reaches the child of the leader too', async () => {
  const { group, closed } = await startGroup("trap 'exit 7' INT; sh -c 'trap \"\" 0; echo ready; exec sleep 60'; exit 1");
  assert.is(group.signal('SIGINT'), true);
  assert.equal(await closed, [7, null]);
});

test('a group that is gone is no error', () => {
  assert.is(signalGroup(nobody, 'SIGINT'), false);
  const group = new ProcessGroup(nobody, checkMs);
  assert.equal([group.signal('SIGINT'), group.kill(), group.hasOrphans], [false, false, false]);
  group.leaderEnded();
  assert.equal([group.signal('SIGINT'), group.kill(), group.hasOrphans, group.hasLeader], [false, false, false, false]);
});

test('P8: what a leader leaves behind is reached', async () => {
  const { group, line, exited } = await startGroup('sleep 60 >/dev/null & echo $!; exit 0');
  await exited;
  group.leaderEnded();
  assert.equal([group.hasLeader, group.hasOrphans], [false, true], 'the leader is gone, its child is not');
  assert.is(group.signal('SIGCONT'), true);
  assert.is(group.kill(), true);
  await allGone([Number(line)]);
  group.close();
});

test('P8: a number that belongs to somebody else by now is not signalled', async () => {
  const stranger = await startGroup('echo ready; exec sleep 60');
  const group = new ProcessGroup(stranger.pid, checkMs);
  group.leaderEnded();
  assert.equal([group.hasOrphans, group.signal('SIGKILL'), group.kill()], [false, false, false], 'it has a leader, which ours has not');
  assert.ok(isRunning(stranger.pid));
  stranger.group.kill();
  await stranger.closed;
});

test('P8: an empty group is left alone for good: its number is free', async () => {
  const { group, line, exited } = await startGroup('sleep 60 >/dev/null & echo $!; exit 0');
  await exited;
  group.leaderEnded();
  process.kill(Number(line), 'SIGKILL');
  while (group.hasOrphans) await new Promise((resolve) => setImmediate(resolve));
  assert.equal([group.signal('SIGKILL'), group.kill()], [false, false]);
});

test('a group that is given up is not signalled any more', async () => {
  const { group, line, exited } = await startGroup('sleep 60 >/dev/null & echo $!; exit 0');
  await exited;
  group.leaderEnded();
  group.close();
  assert.equal([group.hasOrphans, group.kill()], [false, false]);
  assert.ok(isRunning(Number(line)));
  process.kill(Number(line), 'SIGKILL');
  await allGone([Number(line)]);
});
