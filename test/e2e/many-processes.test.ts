import { createHash } from 'node:crypto';
import { startExecServer } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { suite } from '../harness/test.js';

const test = suite('many processes');

/** The long run is started by hand: EXEC_SERVER_LONG_RUNS=10000 npm test -- many-processes */
const runs = Number(process.env['EXEC_SERVER_LONG_RUNS'] ?? 200);
const perRun = Math.max(1, runs / 200) * 60_000;

async function read(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function inLanes(count: number, lanes: number, job: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) await job(index);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

const expected = createHash('sha256').update(Buffer.alloc(65_536, 'x')).digest('hex');

for (const tty of [false, true]) {
  test(
    `T2: ${runs} programs that print 64 KiB and exit at once lose nothing ${tty ? 'in a terminal' : 'on pipes'}`,
    async () => {
      await using host = await startExecServer();
      await inLanes(runs, 4, async () => {
        const process = await host.client.processes.start({ argv: ['perl', '-e', 'syswrite(STDOUT, "x" x 65536)'], tty });
        const output = await read(process.stdout);
        assert.is(output.length, 65_536);
        assert.is(createHash('sha256').update(output).digest('hex'), expected);
        assert.is((await process.closed).exitCode, 0);
      });
    },
    { timeoutMs: perRun },
  );
}

const activeTimers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

test(
  '1 000 processes started and stopped leave no descriptor, timer or child',
  async () => {
    await using host = await startExecServer();
    const warm = await host.client.processes.start({ argv: ['true'] });
    await warm.closed;
    const before = activeTimers();
    await inLanes(1_000, 16, async (index) => {
      const process = await host.client.processes.start({ argv: ['sleep', '600'], stdin: index % 3 === 0, tty: index % 10 === 0 });
      assert.is(await process.terminate(), true);
      assert.is((await process.closed).exitCode, 137);
    });
    assert.is(host.server.inspect().liveProcesses, 0);
    assert.is(activeTimers(), before, 'retention timers do not keep the process alive and are not counted');
  },
  { timeoutMs: 120_000 },
);
