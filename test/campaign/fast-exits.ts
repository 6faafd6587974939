import { randomBytes } from 'node:crypto';
import { connect } from '@exec-server/client';
import { readAll, sha256 } from '../harness/byte-streams.js';
import { Scratch } from '../harness/scratch.js';
import { type Campaign, inLanes, Tally } from './campaign.js';
import { startTarget } from './target.js';

const KiB = 1024;

/** Programs that print 4 KiB to 1 MiB and exit at once: all of it arrives. */
export const fastExits: Campaign = {
  counts: 'programs',
  defaultCount: 500,
  async run(options) {
    const tally = new Tally(options);
    // Without a line end, which a terminal would change.
    const text = Buffer.from(randomBytes(768 * KiB).toString('base64'));
    using scratch = new Scratch();
    const path = scratch.file('text', text);
    await using server = await startTarget(options.server);
    await inLanes(4, async (lane) => {
      await using client = await connect(server.url);
      for (let program = lane; !tally.isDone('programs'); program++) {
        const tty = program % 2 === 1;
        const bytes = Math.round(4 * KiB * 256 ** options.random.next());
        tally.add('programs');
        tally.add(tty ? 'in terminals' : 'on pipes');
        tally.add('outputBytes', bytes);
        try {
          const process = await client.processes.start({ argv: ['head', '-c', String(bytes), path], tty });
          const output = await readAll(process.stdout);
          const { exitCode } = await process.closed;
          if (output.length < bytes) tally.add('short');
          if (sha256(output) !== sha256(text.subarray(0, bytes)))
            tally.fault(`${tty ? 'terminal' : 'pipe'}: ${output.length} of ${bytes} bytes`);
          if (exitCode !== 0) tally.fault(`exit code ${exitCode}`);
        } catch (error) {
          tally.fault(`${tty ? 'terminal' : 'pipe'}, ${bytes} bytes: ${String(error)}`);
          if (client.state === 'closed') return;
        }
      }
    });
    return tally.result({ short: tally.get('short') });
  },
};
