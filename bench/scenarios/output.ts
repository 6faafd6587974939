import { spawn } from 'node:child_process';
import { count, type Scenario, time } from '../scenario.js';

const bigBytes = 512 * 1024 * 1024;
const lineCount = 300_000;
const lineScript = `$l = ("y" x 79)."\\n"; for (1..${lineCount}) { syswrite(STDOUT, $l) }`;

function throughput(name: string, argv: readonly string[], bytes: number, tty = false): Scenario {
  const rate = async (read: () => Promise<number>): Promise<number> => {
    let seen = 0;
    const ms = await time(async () => (seen = await read()));
    if (seen !== bytes) throw new Error(`${name}: ${seen} of ${bytes} bytes`);
    return bytes / 1e6 / (ms / 1_000);
  };
  return {
    name,
    unit: 'MB/s',
    better: 'higher',
    ours: (client) => rate(async () => count((await client.processes.start({ argv, tty })).stdout)),
    plain: () => {
      const [program = '', ...args] = argv;
      return rate(() => count(spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] }).stdout));
    },
  };
}

/** Large writes of one program. */
export const bigOutput = throughput('output, big writes', ['head', '-c', String(bigBytes), '/dev/zero'], bigBytes);

/** One write for each line of 80 bytes. */
export const lineOutput = throughput('output, lines', ['perl', '-e', lineScript], lineCount * 80);

const terminalBytes = 32 * 1024 * 1024;

/** A flood in a terminal; plain Node reads a pipe. */
export const terminalOutput = throughput(
  'output, terminal',
  ['sh', '-c', `stty raw -echo 2>/dev/null; head -c ${terminalBytes} /dev/zero`],
  terminalBytes,
  true,
);
