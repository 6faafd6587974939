import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { limits } from '@exec-server/protocol';
import { OrphanGuard } from '#server/process/orphan-guard.js';
import { allGone, isRunning } from '../../harness/process-state.js';
import { suite } from '../../harness/test.js';

const test = suite('orphan-guard');

/** The leader of a group of its own that would live on. */
async function startGroup() {
  const child = spawn('sh', ['-c', 'sleep 600 & echo $!; wait'], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  return { pid: child.pid as number, grandchild: Number(line.toString()), ended };
}

test('groups that are watched are killed when the guard is closed, those it was told to forget are not', async () => {
  const guard = new OrphanGuard(limits);
  const [kept, watched, other] = await Promise.all([startGroup(), startGroup(), startGroup()]);
  for (const { pid } of [kept, watched, other]) guard.watch(pid);
  guard.forget(kept.pid);
  await guard.close();
  assert.equal([(await watched.ended)[1], (await other.ended)[1]], ['SIGKILL', 'SIGKILL']);
  await allGone([watched.grandchild, other.grandchild]);
  assert.ok(isRunning(kept.pid));
  process.kill(-kept.pid, 'SIGKILL');
  await kept.ended;
});

test('S4: a server without descriptors left goes on unguarded, and is guarded again when it has some', async () => {
  const program = fileURLToPath(new URL('../../../../fixtures/programs/guard-without-descriptors.mjs', import.meta.url));
  const child = spawn('/bin/sh', ['-c', 'ulimit -n 60; exec "$0" "$1"', process.execPath, program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const [code] = (await once(child, 'close')) as [number | null];
  assert.equal([output, code], ['EMFILE\nguarded\nalive\n', 0]);
});

test('a guard that nobody needed has nothing to end', async () => {
  const guard = new OrphanGuard(limits);
  guard.forget(1);
  await guard.close();
  guard.watch(1);
  await guard.close();
});

test('a guard that cannot end by itself is killed', async () => {
  const guard = new OrphanGuard({ ...limits, reapGraceMs: 10 });
  const group = await startGroup();
  guard.watch(group.pid);
  guard.forget(group.pid);
  process.kill(guard.pid as number, 'SIGSTOP');
  await guard.close();
  process.kill(-group.pid, 'SIGKILL');
  await group.ended;
});

test('S4: a guard that reads no more is replaced, and what waits for it stays bounded', async () => {
  const guard = new OrphanGuard({ ...limits, guardBacklogBytes: 1_000 });
  const group = await startGroup();
  guard.watch(group.pid);
  const stopped = guard.pid as number;
  process.kill(stopped, 'SIGSTOP');
  // The pipe itself takes up to a megabyte before anything waits.
  const noGroup = 2 ** 30;
  for (let told = 0; told < 2_000_000 && guard.pid === stopped; told++) {
    guard.watch(noGroup);
    guard.forget(noGroup);
    if (told % 1_000 === 0) await new Promise(setImmediate);
  }
  assert.is.not(guard.pid, stopped, 'it was given up');
  guard.watch(noGroup);
  guard.forget(noGroup);
  assert.type(guard.pid, 'number');
  await guard.close();
  assert.is((await group.ended)[1], 'SIGKILL', 'the one that follows knows the groups from before');
  await allGone([stopped]);
});
