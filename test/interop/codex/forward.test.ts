import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../../harness/test.js';
import { ownServer, program, referenceServer } from '../servers.js';
import { runToEnd } from './model-script.js';
import { play } from './play.js';
import { printing } from './printing.js';
import { Rendezvous } from './rendezvous.js';

const test = suite('codex, forward');

/** Runs the program that registers an exec-server elsewhere as one of its own, until the block is left. */
async function startForwarder(rendezvous: Rendezvous, execServerUrl: string): Promise<AsyncDisposable> {
  const home = mkdtempSync(join(homedir(), '.exec-server-forward-'));
  const args = ['exec-server', 'forward', '--remote', rendezvous.url, '--environment-id', rendezvous.environmentId];
  const child = spawn(program, [...args, '--connect', execServerUrl, '--registration-bearer-stdin'], {
    env: { PATH: process.env['PATH'], HOME: home, CODEX_HOME: home },
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end('token\n');
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
  const closed = once(child, 'close');
  await Promise.race([rendezvous.executor, closed.then(() => Promise.reject(new Error(`it has ended: ${log}`)))]);
  return {
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM');
      await closed;
      rmSync(home, { recursive: true, force: true });
    },
  };
}

for (const server of [ownServer, referenceServer]) {
  test(
    `${server.name}: behind the forwarder, found in a registry, it serves a client it never sees`,
    async () => {
      await using rendezvous = await Rendezvous.start();
      await using running = await server.start();
      await using _ = await startForwarder(rendezvous, running.url);
      const { command, bytes, end } = printing(2, 1, 4);
      const { told, turn } = await play(
        { ...server, start: () => Promise.resolve({ url: running.url, [Symbol.asyncDispose]: () => Promise.resolve() }) },
        () => runToEnd(command, 1_000),
        undefined,
        { setUp: ({ home }) => home.lookUp(rendezvous.url, rendezvous.environmentId) },
      );
      const counted = told.reduce((sum, { outputBytes }) => sum + outputBytes, 0);
      assert.ok(counted >= bytes && counted < bytes + 4 * told.length, `the client counts ${counted} bytes of ${bytes}`);
      assert.equal([told.at(-1)?.exitCode, told.at(-1)?.text.slice(-end.length), turn.status], [4, end, 'completed']);
      assert.equal(
        rendezvous.asked,
        ['register', 'connect', 'validate'].map((what) => `/cloud/environment/${rendezvous.environmentId}/${what}`),
      );
    },
    { skip: server.skip, timeoutMs: 60_000 },
  );
}
