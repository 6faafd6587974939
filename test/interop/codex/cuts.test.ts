import * as assert from 'uvu/assert';
import { suite } from '../../harness/test.js';
import { ownServer } from '../servers.js';
import { runToEnd } from './model-script.js';
import { play } from './play.js';
import { printing } from './printing.js';
import { receivedOutput } from './received-output.js';
import type { Stage } from './stage.js';

const test = suite('codex, cuts');

const { skip } = ownServer;
const timeoutMs = 90_000;

/**
 * Has the client run a command that prints 10 MB in some seconds, on a line that is tampered with, and loses nothing.
 * @param connections how many it needs for that
 */
async function prove(seconds: number, connections: number, beside: (stage: Stage) => Promise<void>): Promise<void> {
  const { command, bytes, sha256, end } = printing(10, seconds, 6);
  const scenario = () => runToEnd(command, 1_000);
  const { told, turn, messages } = await play(ownServer, scenario, beside);
  const received = receivedOutput(messages);
  assert.equal([received.bytes, received.sha256, received.exitCode], [bytes, sha256, 6]);
  assert.is(new Set(messages.map(({ connection }) => connection)).size, connections);
  const counted = told.reduce((sum, { outputBytes }) => sum + outputBytes, 0);
  assert.ok(counted >= bytes && counted < bytes + 4 * told.length, `the client counts ${counted} bytes of ${bytes}`);
  assert.equal([told.at(-1)?.exitCode, told.at(-1)?.text.slice(-end.length), turn.status], [6, end, 'completed']);
}

/** Resolves once so many bytes have gone to the client. */
const passed = ({ proxy }: Stage, bytes: number): Promise<void> => new Promise((resolve) => proxy.at('toClient', bytes, () => resolve()));

async function cutFor(stage: Stage, ms: number): Promise<void> {
  await passed(stage, 3_000_000);
  stage.proxy.block();
  stage.proxy.cut();
  await new Promise((resolve) => setTimeout(resolve, ms));
  stage.proxy.unblock();
}

test('P5: a line cut for 2 s in the middle of 10 MB loses nothing', () => prove(8, 2, (stage) => cutFor(stage, 2_000)), {
  skip,
  timeoutMs,
});

test('P5: a line cut for 30 s in the middle of 10 MB loses nothing', () => prove(35, 2, (stage) => cutFor(stage, 30_000)), {
  skip,
  timeoutMs,
});

test(
  'P5: a line cut twenty times in the middle of 10 MB loses nothing',
  () =>
    prove(8, 21, async (stage) => {
      for (let cuts = 0; cuts < 20; cuts++) {
        await passed(stage, 400_000);
        stage.proxy.cut();
      }
    }),
  { skip, timeoutMs },
);

test(
  'P6: a line that is silent for 10 s without anybody being told loses nothing',
  () =>
    prove(12, 1, async (stage) => {
      await passed(stage, 3_000_000);
      stage.proxy.stall();
      await new Promise((resolve) => setTimeout(resolve, 10_000));
      stage.proxy.resume();
    }),
  { skip, timeoutMs },
);
