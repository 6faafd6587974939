import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from '@exec-server/client';
import * as assert from 'uvu/assert';
import { launcher } from '../harness/command-line.js';
import { suite } from '../harness/test.js';

const test = suite('inherited-descriptors');
const skip = process.platform === 'linux' ? null : 'descriptors are found by /proc';

test(
  'programs get no descriptor that the server was started with, on pipes and in terminals',
  async () => {
    // A shell keeps high numbers for itself: 63 as in `<(…)`, and one beyond a gap.
    const server = spawn(
      'bash',
      ['-c', 'exec 7</etc/passwd 63</etc/passwd 200>/dev/null; exec "$0" "$@"', process.execPath, launcher, '--listen', 'ws://127.0.0.1:0'],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const exited = once(server, 'exit');
    try {
      const [line] = (await once(server.stdout, 'data')) as [Buffer];
      await using client = await connect(line.toString().trim());
      for (const tty of [false, true]) {
        const { stdout } = await client.run(['sh', '-c', 'ls /proc/$$/fd'], { tty });
        const open = stdout.split(/\s+/).filter((name) => Number(name) > 2 && Number(name) !== 10); // 10: some shells' terminal
        assert.equal(open, [], tty ? 'in a terminal' : 'on pipes');
      }
    } finally {
      server.kill();
      await exited;
    }
  },
  { skip },
);
