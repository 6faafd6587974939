import { createExecServer } from '@exec-server/server';
import * as assert from 'uvu/assert';
import { startCommandServer } from '../../harness/command-line.js';
import { suite } from '../../harness/test.js';
import { ownServer, type Server } from '../servers.js';
import { call, type ScriptPart } from './model-script.js';
import { play } from './play.js';
import { ended, plain } from './report-text.js';

const test = suite('codex, restart');

const { skip } = ownServer;

/** The server of the command line, as a process of its own, and its end. */
function killable(): { readonly server: Server; readonly kill: (signal: NodeJS.Signals) => Promise<unknown> } {
  let stop: ((signal: NodeJS.Signals) => Promise<unknown>) | null = null;
  const start: Server['start'] = async () => {
    const server = await startCommandServer();
    stop = (signal) => server.stop(signal);
    return server;
  };
  return { server: { ...ownServer, start }, kill: (signal) => stop?.(signal) ?? Promise.reject(new Error('it was not started')) };
}

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  test(
    `a server restarted (${signal}) in mid-command: the command fails with a word why, and the next one runs on the new server`,
    async () => {
      const { server, kill } = killable();
      await using next = createExecServer();
      const { told, turn } = await play(
        server,
        async function* (): ScriptPart<string[]> {
          const lost = (yield [call('exec_command', { cmd: 'echo begun; sleep 100', yield_time_ms: 30_000 })]).text();
          const after = (yield [call('exec_command', { cmd: 'echo after' })]).command();
          return [lost, plain(after)];
        },
        async ({ tap, proxy }) => {
          await tap.find(({ method }) => method === 'process/output');
          proxy.block();
          await kill(signal);
          proxy.redirect(await next.listen());
          proxy.unblock();
        },
      );
      assert.match(told[0] ?? '', 'unknown session id');
      assert.is(told[1], ended(0, 'after\n'));
      assert.is(turn.status, 'completed');
    },
    { skip, timeoutMs: 60_000 },
  );
}
