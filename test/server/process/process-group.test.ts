import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import * as assert from 'uvu/assert';
import { groupIsAlive, killGroup, signalGroup } from '#server/process/process-group.js';
import { suite } from '../../harness/test.js';

const test = suite('process-group');

/** Beyond any number a system gives out. */
const nobody = 2 ** 30;

/** A leader and a child of it, both in one group that no signal but SIGKILL ends by itself. */
async function startGroup(script: string) {
  const leader = spawn('/bin/sh', ['-c', script], { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: leader.stdout });
  const [line] = (await once(lines, 'line')) as [string];
  const ended = once(leader, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  return { group: leader.pid as number, line, ended };
}

test('P8: a kill reaches every process of the group, whatever it traps', async () => {
  const { group, ended } = await startGroup("trap '' TERM HUP INT; sh -c \"trap '' TERM; echo ready; sleep 60; sleep 60\"; exit 1");
  assert.is(groupIsAlive(group), true);
  killGroup(group);
  assert.equal(await ended, [null, 'SIGKILL'], 'all holders of the pipe are gone');
});

test('a signal reaches the child of the leader too', async () => {
  const { group, ended } = await startGroup("trap 'exit 7' INT; sh -c 'trap \"\" 0; echo ready; exec sleep 60'; exit 1");
  signalGroup(group, 'SIGINT');
  assert.equal(await ended, [7, null]);
});

test('a group that is gone is no error', () => {
  killGroup(nobody);
  signalGroup(nobody, 'SIGINT');
  assert.is(groupIsAlive(nobody), false);
});

test('a group is alive while any member is', async () => {
  const { group, line, ended } = await startGroup('sleep 60 >/dev/null & echo $!; exit 0');
  await ended;
  assert.is(groupIsAlive(group), true, 'the leader is gone, its child is not');
  process.kill(Number(line), 'SIGKILL');
  while (groupIsAlive(group)) await new Promise((resolve) => setImmediate(resolve));
});
