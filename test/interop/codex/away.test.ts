import * as assert from 'uvu/assert';
import { suite } from '../../harness/test.js';
import { ownServer, referenceServer, type Server } from '../servers.js';
import { AppServer, type Turn } from './app-server.js';
import { runCodexExec } from './codex-exec.js';
import { type ModelScript, runToEnd } from './model-script.js';
import { printing } from './printing.js';
import { receivedOutput } from './received-output.js';
import { type Stage, withStage } from './stage.js';
import type { CommandReport } from './tool-answers.js';

const test = suite('codex, away');

const awayMs = 20_000;
const timeoutMs = 90_000;

/** Takes the line away as soon as the command has begun to print. */
async function interruptLine({ tap, proxy }: Stage): Promise<void> {
  await tap.find(({ method }) => method === 'process/output');
  proxy.block();
  proxy.cut();
  await new Promise((resolve) => setTimeout(resolve, awayMs));
  proxy.unblock();
}

/** Has the model run a command during which the client is cut off. */
async function runAway<Result>(server: Server, command: string, work: (stage: Stage) => Promise<Result>) {
  let reports: CommandReport[] = [];
  async function* script(): ModelScript {
    reports = yield* runToEnd(command, 1_000);
  }
  return withStage(server, script(), async (stage) => {
    const [result] = await Promise.all([work(stage), interruptLine(stage)]);
    assert.is(stage.model.fault, null);
    return { result, reports, received: receivedOutput(stage.tap.messages), connections: stage.tap.connections };
  });
}

const inAppServer = async ({ home, url, work }: Stage): Promise<Turn> => {
  await using app = await AppServer.start(home, url, work.path);
  return await app.turn();
};

const countBytes = (reports: readonly CommandReport[]): number => reports.reduce((sum, { outputBytes }) => sum + outputBytes, 0);

test(
  'the real client, away for 20 s while a command prints 30 MB, gets every byte after it resumes',
  async () => {
    const { command, bytes, sha256, end } = printing(30, 18, 7);
    const { result: turn, reports, received, connections } = await runAway(ownServer, command, inAppServer);

    // The wire: all of it went to the client, nearly all of it after the line was back.
    assert.equal([received.bytes, received.sha256, received.exitCode], [bytes, sha256, 7]);
    assert.ok((received.bytesByConnection.get(1) ?? 0) < 1_000_000);
    assert.ok(connections > 50, `refused again and again: ${connections}`);

    // The client: it counts what the command has printed, rounded up with each report, and tells the model the end of it.
    const counted = countBytes(reports);
    assert.ok(counted >= bytes && counted < bytes + 4 * reports.length, `${counted} bytes of ${bytes}`);
    const last = reports.at(-1);
    assert.equal([last?.exitCode, last?.text.slice(-end.length)], [7, end]);
    const [item] = turn.items.filter(({ type }) => type === 'commandExecution');
    assert.is(turn.status, 'completed');
    assert.equal([item?.['exitCode'], String(item?.['aggregatedOutput']).slice(0, 6)], [7, 'begin\n']);
    assert.ok(String(item?.['aggregatedOutput']).endsWith(end));
  },
  { skip: ownServer.skip, timeoutMs },
);

test(
  'the same with `codex exec`: the command is completed',
  async () => {
    const { command, bytes, sha256, end } = printing(30, 18, 0);
    const { result, reports, received } = await runAway(ownServer, command, ({ home, url, work }) => runCodexExec(home, url, work.path));
    assert.equal([received.bytes, received.sha256], [bytes, sha256]);
    assert.is(countBytes(reports) - (countBytes(reports) % 100), bytes - (bytes % 100));
    const [item] = result.items.filter(({ type }) => type === 'command_execution');
    assert.equal([result.code, item?.['status'], item?.['exit_code']], [0, 'completed', 0]);
    assert.ok(String(item?.['aggregated_output']).endsWith(end));
  },
  { skip: ownServer.skip, timeoutMs },
);

test(
  "the reference's own server has dropped most of it by then, and its client ends the command as failed",
  async () => {
    const { command, bytes } = printing(30, 18, 7);
    const { reports, received } = await runAway(referenceServer, command, inAppServer);
    const last = reports.at(-1);
    assert.match(last?.text ?? '', 'process events are no longer retained', JSON.stringify(last).slice(0, 500));
    assert.is(last?.exitCode, null);
    assert.ok(received.bytes < bytes / 10, `${received.bytes} bytes`);
  },
  { skip: referenceServer.skip, timeoutMs },
);
