import * as assert from 'uvu/assert';
import { suite } from '../../harness/test.js';
import { ownServer, referenceServer } from '../servers.js';
import { call, runToEnd, type ScriptPart } from './model-script.js';
import { play } from './play.js';
import { ended, plain, running } from './report-text.js';
import type { CommandReport } from './tool-answers.js';

const test = suite('codex, commands');

const servers = [ownServer, referenceServer];

for (const server of servers) {
  const { name, skip } = server;

  test(
    `${name}: a command with its output, directory and exit code`,
    async () => {
      const { told, turn } = await play(server, async function* (): ScriptPart<CommandReport[]> {
        return yield* runToEnd('echo out; sleep 0.2; echo err >&2; sleep 0.2; basename $PWD | cut -c1-11; exit 3');
      });
      assert.equal(told.map(plain), [ended(3, 'out\nerr\nexec-server\n')]);
      const [item] = turn.items.filter(({ type }) => type === 'commandExecution');
      assert.equal([item?.['exitCode'], item?.['status'], item?.['aggregatedOutput']], [3, 'failed', 'out\nerr\nexec-server\n']);
    },
    { skip },
  );

  test(
    `${name}: the client's variables and those of the server reach a command`,
    async () => {
      const { told } = await play(server, async function* (): ScriptPart<CommandReport[]> {
        return yield* runToEnd(
          'echo "$TERM $CODEX_CI $CODEX_TOOL_CALL_ID"; test "$PATH" && test "$EXEC_SERVER_REFERENCE" && echo inherited',
        );
      });
      assert.match(told[0]?.text ?? '', /\ndumb 1 call-\d+\ninherited\n$/);
    },
    { skip },
  );

  test(
    `${name}: T1: a directory that is not there is a failed start; death by a signal is 128 + its number`,
    async () => {
      const { told } = await play(server, async function* (): ScriptPart<string[]> {
        const failed = (yield [call('exec_command', { cmd: 'true', workdir: '/no/such/directory' })]).text();
        const killed = yield* runToEnd('kill -9 $$');
        return [failed, ...killed.map(plain)];
      });
      assert.match(told[0] ?? '', 'exec-server rejected request (-32603): No such file or directory (os error 2)');
      assert.equal(told.slice(1), [ended(137, '')]);
    },
    { skip },
  );

  test(
    `${name}: six commands at once, each with its own output and exit code`,
    async () => {
      const numbers = [1, 2, 3, 4, 5, 6];
      const { told, messages } = await play(server, async function* (): ScriptPart<CommandReport[]> {
        const calls = numbers.map((number) =>
          call('exec_command', { cmd: `sleep 1; echo ${number}; exit ${number}` }, `at-once-${number}`),
        );
        const answers = yield calls;
        return numbers.map((number) => answers.command(`at-once-${number}`));
      });
      assert.equal(
        told.map(plain),
        numbers.map((number) => ended(number, `${number}\n`)),
      );
      const order = messages.flatMap(({ method }) => (method === 'process/start' || method === 'process/exited' ? [method] : []));
      assert.equal(
        order.slice(0, 6),
        Array.from({ length: 6 }, () => 'process/start'),
        'all of them run before one ends',
      );
    },
    { skip },
  );

  test(
    `${name}: a long command is shown as running, and followed to its end`,
    async () => {
      const { told } = await play(server, async function* (): ScriptPart<CommandReport[]> {
        return yield* runToEnd('for i in 1 2 3 4 5 6 7; do echo tick $i; sleep 1; done; exit 9', 2_500);
      });
      assert.match(plain(told[0] as CommandReport), /^Process running with session ID …\nOriginal token count: \d\nOutput:\ntick 1\n/);
      assert.ok(told.length > 1);
      assert.is(
        told.map(({ text }) => text.split('Output:\n')[1]).join(''),
        [1, 2, 3, 4, 5, 6, 7].map((tick) => `tick ${tick}\n`).join(''),
      );
      assert.is(told.at(-1)?.exitCode, 9);
    },
    { skip },
  );

  test(
    `${name}: T2: a command whose child keeps its output open is running until that ends`,
    async () => {
      const { told } = await play(server, async function* (): ScriptPart<CommandReport[]> {
        return yield* runToEnd('{ sleep 4; echo late; } & echo early', 2_000);
      });
      assert.equal(told.map(plain), [running('early\n'), ended(0, 'late\n')]);
    },
    { skip },
  );
}
