import * as assert from 'uvu/assert';
import { launcher } from '../../harness/command-line.js';
import { suite } from '../../harness/test.js';
import { ownServer, program, referenceServer } from '../servers.js';
import { AppServer } from './app-server.js';
import { runCodexExec } from './codex-exec.js';
import { call, type ModelScript, runToEnd, type ScriptPart } from './model-script.js';
import { play } from './play.js';
import { ended, plain } from './report-text.js';
import { withStage } from './stage.js';
import type { CommandReport } from './tool-answers.js';
import type { TappedMessage } from './wire-tap.js';

const test = suite('codex, start-up');

const timeoutMs = 60_000;

async function* sayHi(): ModelScript {
  yield [call('exec_command', { cmd: 'echo hi' })];
}

/** Methods the client has called, each once, in alphabetical order. */
function calledMethods(messages: readonly TappedMessage[]): string[] {
  return [
    ...new Set(messages.flatMap(({ direction, id, method }) => (direction === 'toServer' && id && method ? [method] : []))),
  ].toSorted();
}

/** Requests that have failed, but for files that were looked for and are not there. */
function failedRequests(messages: readonly TappedMessage[]): string[] {
  return messages.flatMap(({ direction, error }) =>
    direction === 'toClient' && error && (error as { code: number }).code !== -32004 ? [JSON.stringify(error)] : [],
  );
}

const always = ['fs/getMetadata', 'fs/watchMissing', 'initialize', 'process/start', 'process/terminate'];
/** What the client asks a server in addition that announces it. */
const announced = new Map([
  [ownServer, []],
  [referenceServer, ['capabilities/discoverV2', 'environmentConfig/read']],
]);

for (const server of [ownServer, referenceServer]) {
  const { name, skip } = server;

  test(
    `${name}: nothing the client begins with fails but by files that are not there, and it has nothing to complain of`,
    async () => {
      let log = '';
      const { told, messages } = await play(
        server,
        async function* (): ScriptPart<CommandReport[]> {
          return yield* runToEnd('echo hi');
        },
        async (_stage, app) => {
          await app.find(({ method }) => method === 'turn/completed');
          const complaints = app.events.filter(({ method }) => /error|configWarning/i.test(method));
          log = app.log + complaints.map((event) => JSON.stringify(event)).join('\n');
        },
        { config: '[features]\nexecutor_capability_discovery = true\nexecutor_capability_discovery_v2 = true\nshell_snapshot_v2 = true' },
      );
      assert.equal(told.map(plain), [ended(0, 'hi\n')]);
      assert.is(log, '');
      assert.equal(failedRequests(messages), []);
      assert.equal(calledMethods(messages), [...always, ...(announced.get(server) ?? [])].toSorted());
    },
    { skip, timeoutMs },
  );

  test(
    `${name}: the same with \`codex exec\``,
    async () => {
      await withStage(server, sayHi(), async ({ home, url, work, tap }) => {
        const { code, items, stderr } = await runCodexExec(home, url, work.path);
        assert.is(code, 0);
        assert.not.match(stderr, /ERROR|WARN/);
        assert.equal(
          items.filter(({ type }) => type === 'command_execution').map((item) => item['aggregated_output']),
          ['hi\n'],
        );
        assert.equal(failedRequests(tap.messages), []);
      });
    },
    { skip, timeoutMs },
  );

  test(
    `${name}: the client knows what it is, and whether it is there`,
    async () => {
      await withStage(server, sayHi(), async ({ home, url, work, proxy, tap }) => {
        await using app = await AppServer.start(home, url, work.path);
        const info = (await app.call('environment/info', { environmentId: 'remote' })) as { readonly shell: { readonly name: string } };
        assert.is(info.shell.name, 'bash');
        const status = async (): Promise<unknown> => {
          const answer = (await app.call('environment/status', { environmentId: 'remote' })) as { readonly status: unknown };
          return answer.status;
        };
        assert.is(await status(), 'ready');
        const before = tap.connections;
        proxy.block();
        proxy.cut();
        while (tap.connections === before) await new Promise((resolve) => setTimeout(resolve, 10));
        assert.is(await status(), 'disconnected');
        proxy.unblock();
        assert.is((await app.turn()).status, 'completed');
        assert.is(await status(), 'ready');
      });
    },
    { skip, timeoutMs },
  );
}

/** A server the client starts itself, and speaks to over its stdin and stdout. */
const commands = new Map([
  [ownServer, [process.execPath, launcher, '--listen', 'stdio']],
  [referenceServer, [program, 'exec-server', '--listen', 'stdio']],
]);

for (const [server, command] of commands) {
  test(
    `${server.name}: the client starts it as a command and runs its own in it`,
    async () => {
      const { told, messages } = await play(
        server,
        async function* (): ScriptPart<CommandReport[]> {
          return yield* runToEnd('cat; echo "$PLACE"; exit 3');
        },
        undefined,
        {
          setUp: ({ home, work }) => {
            const [first, ...args] = command;
            const lines = ['default = "pipe"', 'include_local = false', '[[environments]]', 'id = "pipe"', `program = "${first}"`];
            lines.push(`args = ${JSON.stringify(args)}`, `env = { PLACE = "the command" }`, `cwd = "${work.path}"`);
            home.setEnvironments(lines.join('\n'));
          },
        },
      );
      assert.equal(told.map(plain), [ended(3, 'the command\n')]);
      assert.equal(messages, []);
    },
    { skip: server.skip, timeoutMs },
  );
}
