import { connect } from '@exec-server/client';
import * as assert from 'uvu/assert';
import { readUntil } from '../harness/byte-streams.js';
import { startCommandServer } from '../harness/command-line.js';
import { allGone, isRunning } from '../harness/process-state.js';
import { suite } from '../harness/test.js';

const test = suite('shutdown');

/** A program that ignores being asked to end, with a child of its own that does so too. */
const stubborn = 'trap "" TERM HUP INT; (trap "" TERM HUP INT; echo $BASHPID; exec sleep 600) & echo $$; wait';

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  for (const tty of [false, true]) {
    test(`P8: ${signal} to the server ends it with exit code 0 and leaves nobody of a stubborn group ${tty ? 'in a terminal' : 'on pipes'}`, async () => {
      await using server = await startCommandServer();
      const client = await connect(server.url, { resumeWindowMs: 0 });
      const process = await client.processes.start({ argv: ['bash', '-c', stubborn], tty });
      const pids: number[] = [];
      let text = '';
      for await (const chunk of process.stdout) {
        text += Buffer.from(chunk).toString();
        pids.push(...(text.match(/\d+(?=\r?\n)/g) ?? []).map(Number).slice(pids.length));
        if (pids.length === 2) break;
      }
      assert.ok(pids.every(isRunning), 'both run');
      assert.is(await server.stop(signal), 0);
      for (const deadline = Date.now() + 5_000; pids.some(isRunning) && Date.now() < deadline;)
        await new Promise((resolve) => setTimeout(resolve, 10));
      assert.equal(pids.filter(isRunning), []);
      await client.close();
    });
  }
}

test('P8: a session that nobody comes back to is ended with its processes', async () => {
  await using server = await startCommandServer(['--session-detach-seconds', '1']);
  const client = await connect(server.url);
  const process = await client.processes.start({ argv: ['sleep', '600'] });
  const pid = process.pid as number;
  await client.close({ keepSession: true });
  assert.ok(isRunning(pid), 'it lives on at first');
  for (const deadline = Date.now() + 10_000; isRunning(pid) && Date.now() < deadline;)
    await new Promise((resolve) => setTimeout(resolve, 20));
  assert.not.ok(isRunning(pid));
});

test('P8: a server that is killed with SIGKILL leaves no process group behind, on pipes or in a terminal', async () => {
  await using server = await startCommandServer();
  const client = await connect(server.url);
  const script = 'trap "" HUP TERM INT; sleep 600 & echo $$ $!; wait';
  const pids: number[] = [];
  for (const tty of [false, true]) {
    const process = await client.processes.start({ argv: ['sh', '-c', script], tty });
    const reader = process.stdout.getReader();
    pids.push(...(await readUntil(reader, '\n')).trim().split(' ').map(Number));
  }
  assert.is(pids.length, 4);
  await server.stop('SIGKILL');
  await allGone(pids);
  await client.close();
});
