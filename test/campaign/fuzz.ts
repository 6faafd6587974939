import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { connect, type ExecClient } from '@exec-server/client';
import { connectTo, upgradeHeaders, writeRequest } from '../harness/raw-http.js';
import { readUntil } from '../harness/byte-streams.js';
import { type Campaign, type CampaignOptions, inLanes, Tally } from './campaign.js';
import { frame, nearlyMessage, oddFrame } from './fuzz-input.js';
import { startTarget } from './target.js';

const MiB = 1024 * 1024;
/** What is over is forgotten soon, so that it can be seen to be. */
const limits = { closedProcessMs: 500, detachedSessionMs: 500 };
/** Messages sent before the answers are waited for, and messages of one connection. */
const batch = 100;
const perConnection = 2_000;
/** A server that has not answered by then hangs, in milliseconds. */
const answerMs = 20_000;

/** A connection that has shaken hands, unless it is to begin with something odd. */
async function open(url: string): Promise<Socket> {
  const socket = await connectTo(url);
  socket.write(writeRequest(url, { headers: upgradeHeaders }));
  socket.write(frame(Buffer.from('{"id":"hello","method":"initialize","params":{"clientName":"fuzz"}}')));
  socket.write(frame(Buffer.from('{"method":"initialized"}')));
  return socket;
}

/** Resolves with true when the text has come, with false when the connection is over. */
function answered(socket: Socket, text: string, tally: Tally): Promise<boolean> {
  return new Promise((resolve) => {
    let tail = '';
    const settle = (isAnswered: boolean): void => {
      clearTimeout(timer);
      socket.off('data', look).off('close', over);
      resolve(isAnswered);
    };
    const timer = setTimeout(() => {
      tally.fault(`no answer within ${answerMs} ms`);
      settle(false);
    }, answerMs);
    const look = (bytes: Buffer): void => {
      const seen = tail + bytes.toString('latin1');
      if (seen.includes(text)) settle(true);
      else tail = seen.slice(-text.length);
    };
    const over = (): void => settle(false);
    if (socket.destroyed) over();
    else socket.on('data', look).on('close', over);
  });
}

/** Sends messages until the connection is over or has had its share. */
async function sendMessages(url: string, { random }: CampaignOptions, tally: Tally): Promise<void> {
  const socket = await open(url);
  for (let sent = 0; sent < perConnection && !tally.isDone('inputs'); sent += batch) {
    const name = `asked-${sent}`;
    const done = answered(socket, name, tally);
    for (let at = 0; at < batch; at++) socket.write(frame(Buffer.from(nearlyMessage(random)), random.pick([1, 2])));
    socket.write(frame(Buffer.from(JSON.stringify({ id: name, method: 'environment/status', params: null }))));
    tally.add('inputs', batch);
    tally.add('messages', batch);
    if (await done) continue;
    tally.add('connections ended by a message');
    break;
  }
  socket.destroy();
}

/** Sends frames, of which the first that breaks the rules ends the connection. */
async function sendFrames(url: string, { random }: CampaignOptions, tally: Tally): Promise<void> {
  const socket = await open(url);
  for (let at = 0; at < 20; at++) socket.write(oddFrame(random));
  tally.add('inputs', 20);
  tally.add('frames', 20);
  socket.resume();
  // A frame that promises more than it brings keeps the connection waiting, rightly.
  await Promise.race([new Promise((resolve) => socket.once('close', resolve)), pause(20)]);
  socket.destroy();
}

/** Somebody else on the same server, who is not to notice anything. */
async function bystand(client: ExecClient, tally: Tally, isOver: () => boolean): Promise<void> {
  const process = await client.processes.start({ argv: ['cat'], stdin: true });
  const reader = process.stdout.getReader();
  for (let turn = 0; !isOver(); turn++) {
    await process.write(`turn ${turn}.\n`);
    await readUntil(reader, `turn ${turn}.\n`);
    tally.add('turns of the bystander');
    await pause(5);
  }
  const canClose = client.supports('processCloseStdin');
  await (canClose ? process.closeStdin() : process.terminate());
  if ((await process.closed).exitCode !== (canClose ? 0 : 137)) tally.fault('the program of the bystander did not end well');
}

/** Messages and frames that are nearly right, or not at all: nothing breaks, nothing stays, nobody else notices. */
export const fuzz: Campaign = {
  counts: 'messages and frames',
  defaultCount: 20_000,
  async run(options) {
    const tally = new Tally(options);
    await using server = await startTarget(options.server, limits);
    await using client = await connect(server.url, { resumeWindowMs: 0 });
    await (
      await client.processes.start({ argv: ['true'] })
    ).closed; // what is made for the first process stays
    const before = await server.report();
    let isOver = false;
    const bystander = bystand(client, tally, () => isOver).catch((error: unknown) =>
      tally.fault(`the bystander was disturbed: ${String(error)}`),
    );
    try {
      await inLanes(4, async (lane) => {
        while (!tally.isDone('inputs')) await (lane === 3 ? sendFrames : sendMessages)(server.url, options, tally);
      });
    } catch (error) {
      tally.fault(`the server cannot be reached: ${String(error)}`);
    }
    isOver = true;
    await bystander;
    let after = await server.report();
    const left = () =>
      (['descriptors', 'timers', 'zombies', 'connections', 'sessions', 'liveProcesses'] as const).filter(
        (name) => after[name] > before[name],
      );
    for (const deadline = performance.now() + server.forgetMs + 5_000; left().length > 0 && performance.now() < deadline;) {
      await pause(100);
      after = await server.report();
    }
    for (const name of left()) tally.fault(`${name}: ${before[name]} before, ${after[name]} afterwards`);
    return tally.result({
      'MiB of heap before, after': `${(before.heapBytes / MiB).toFixed(1)}, ${(after.heapBytes / MiB).toFixed(1)}`,
      'MiB resident before, after': `${(before.rssBytes / MiB).toFixed(0)}, ${(after.rssBytes / MiB).toFixed(0)}`,
    });
  },
};
