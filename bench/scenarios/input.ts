import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { type Scenario, time, timeEach } from '../scenario.js';

const bytes = 64 * 1024 * 1024;
const piece = Buffer.alloc(64 * 1024, 'stdin ');

/** A program that reads what is written to it. */
export const input: Scenario = {
  name: 'input, 64 KiB writes',
  unit: 'MB/s',
  better: 'higher',
  ours: async (client) => {
    const process = await client.processes.start({ argv: ['sh', '-c', 'cat > /dev/null'], stdin: true });
    const ms = await time(async () => {
      await process.write(Buffer.alloc(bytes, piece));
      await process.closeStdin();
      await process.closed;
    });
    return bytes / 1e6 / (ms / 1_000);
  },
  plain: async () => {
    const child = spawn('sh', ['-c', 'cat > /dev/null'], { stdio: ['pipe', 'ignore', 'ignore'] });
    const ms = await time(async () => {
      for (let sent = 0; sent < bytes; sent += piece.length) if (!child.stdin.write(piece)) await once(child.stdin, 'drain');
      child.stdin.end();
      await Promise.all([finished(child.stdin), once(child, 'close')]);
    });
    return bytes / 1e6 / (ms / 1_000);
  },
};

/** A line there and back through `cat`. */
export const echo: Scenario = {
  name: 'echo of a line',
  unit: 'ms',
  better: 'lower',
  ours: async (client) => {
    await using process = await client.processes.start({ argv: ['cat'], stdin: true });
    const reader = process.stdout.getReader();
    return await timeEach(1_000, async () => {
      await Promise.all([process.write('the quick brown fox\n'), reader.read()]);
    });
  },
  plain: async () => {
    const child = spawn('cat', [], { stdio: ['pipe', 'pipe', 'ignore'] });
    const median = await timeEach(1_000, async () => {
      child.stdin.write('the quick brown fox\n');
      await once(child.stdout, 'data');
    });
    child.kill();
    await once(child, 'close');
    return median;
  },
};
