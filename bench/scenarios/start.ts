import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Scenario, time, timeEach } from '../scenario.js';

const argv = ['/bin/true'];

function spawnAndWait(): Promise<unknown> {
  return once(spawn(argv[0] as string, [], { stdio: ['ignore', 'pipe', 'pipe'] }), 'close');
}

/** One program after another, until it is closed. */
export const start: Scenario = {
  name: 'start, one at a time',
  unit: 'ms',
  better: 'lower',
  ours: (client) => timeEach(200, async () => (await client.processes.start({ argv })).closed),
  plain: () => timeEach(200, spawnAndWait),
};

const total = 600;
const lanes = 16;

async function inLanes(job: () => Promise<unknown>): Promise<number> {
  let left = total;
  const lane = async (): Promise<void> => {
    while (left-- > 0) await job();
  };
  const ms = await time(() => Promise.all(Array.from({ length: lanes }, lane)));
  return total / (ms / 1_000);
}

/** Programs started per second, sixteen at a time. */
export const startRate: Scenario = {
  name: 'starts, 16 at a time',
  unit: '1/s',
  better: 'higher',
  ours: (client) => inLanes(async () => (await client.processes.start({ argv })).closed),
  plain: () => inLanes(spawnAndWait),
};
