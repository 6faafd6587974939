import { setTimeout as pause } from 'node:timers/promises';
import { connect } from '@exec-server/client';
import { FaultProxy } from 'exec-server/testing';
import { type Campaign, type CampaignOptions, Tally } from './campaign.js';
import { readProcNumber, startTarget } from './target.js';

const MiB = 1024 * 1024;
const toMiB = (bytes: number): number => Math.round(bytes / MiB);

/** Nobody reads for this share of the time that the campaign may take. */
const stallShare = 0.2;
/** A network is silent for so long at most, in milliseconds: after a ping and a half the client looks for another connection. */
const networkStallMs = 10_000;

async function stallOne(who: 'reader' | 'network', { count, seconds, server: command }: CampaignOptions, tally: Tally): Promise<void> {
  await using server = await startTarget(command);
  await using proxy = await FaultProxy.start(server.url);
  await using client = await connect(proxy.url);
  const bytes = count * MiB;
  const status = [`/proc/${server.pid}/status`, '/proc/self/status'] as const;
  const before = status.map((path) => readProcNumber(path, 'VmRSS'));
  const sample = (): void => {
    for (const [at, side] of (['server', 'client'] as const).entries()) {
      const grown = readProcNumber(status[at] as string, 'VmRSS') - (before[at] ?? 0);
      tally.most(`${who} stalled: ${side} grew by MiB at most`, toMiB(grown));
    }
  };
  const sampling = setInterval(sample, 50);
  const child = await client.processes.start({ argv: ['head', '-c', String(bytes), '/dev/zero'] });
  const reader = child.stdout.getReader();
  if (who === 'network') proxy.stall('toClient');
  const stallMs = Math.min(seconds * 1_000 * stallShare, who === 'network' ? networkStallMs : Infinity);
  await pause(stallMs);
  tally.most(`${who} stalled: seconds`, Math.round(stallMs / 100) / 10);
  tally.most(`${who} stalled: child ran ahead by MiB`, Math.round((readProcNumber(`/proc/${child.pid}/io`, 'wchar') / MiB) * 10) / 10);
  proxy.resume();
  const started = performance.now();
  let read = 0;
  try {
    for (let { value } = await reader.read(); value; { value } = await reader.read()) {
      read += value.length;
      if (!tally.isLate) continue;
      await child.terminate();
      break;
    }
    if (!tally.isLate && read !== bytes) tally.fault(`${who} stalled: ${read} of ${bytes} bytes came`);
    if (!tally.isLate && (await child.closed).exitCode !== 0) tally.fault(`${who} stalled: the program did not end well`);
  } catch (error) {
    tally.fault(`${who} stalled: ${String(error)} after ${read} bytes`);
  }
  clearInterval(sampling);
  tally.most(`${who} stalled: MiB read`, toMiB(read));
  tally.most(`${who} stalled: MiB per second afterwards`, Math.round(read / MiB / ((performance.now() - started) / 1_000)));
}

/** A reader, and then a network, that stalls before much output: what it costs both sides, and how far the child runs ahead. */
export const stalledReader: Campaign = {
  counts: 'MiB of output',
  defaultCount: 256,
  async run(options) {
    const tally = new Tally(options);
    await stallOne('reader', options, tally);
    await stallOne('network', options, tally);
    return tally.result();
  },
};
