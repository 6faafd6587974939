import * as assert from 'uvu/assert';
import { suite } from '../../harness/test.js';
import { ownServer, referenceServer } from '../servers.js';
import { call, type ModelItem, type ScriptPart } from './model-script.js';
import { play } from './play.js';
import { ended, plain, running } from './report-text.js';

const test = suite('codex, input');

const start = (cmd: string, tty: boolean): ModelItem[] => [
  // Without what a login shell runs first, which can take seconds.
  call('exec_command', { cmd, tty, login: false, yield_time_ms: 2_000 }),
];
const write = (session: number | null, chars: string): ModelItem[] => [
  call('write_stdin', { session_id: session, chars, yield_time_ms: 3_000 }),
];

const untilInterrupted = 'trap "echo caught; exit 42" INT; echo ready; while :; do sleep 0.1; done';

for (const server of [ownServer, referenceServer]) {
  const { name, skip } = server;

  test(
    `${name}: a command in a terminal takes lines and answers them`,
    async () => {
      const { told } = await play(server, async function* (): ScriptPart<string[]> {
        const loop = 'while read -r line; do echo "got:$line"; [ "$line" = bye ] && exit 5; done';
        const begun = (yield start(`[ -t 0 ] && [ -t 1 ] && echo terminal; stty size; ${loop}`, true)).command();
        const hello = (yield write(begun.sessionId, 'hello\n')).command();
        const bye = (yield write(begun.sessionId, 'bye\n')).command();
        return [begun, hello, bye].map(plain);
      });
      assert.equal(told, [running('terminal\r\n24 80\r\n'), running('hello\r\ngot:hello\r\n'), ended(5, 'bye\r\ngot:bye\r\n')]);
    },
    { skip },
  );

  test(
    `${name}: the terminal's keys for interrupt and end of file do what they do`,
    async () => {
      const { told } = await play(server, async function* (): ScriptPart<string[]> {
        const trap = (yield start(untilInterrupted, true)).command();
        const caught = (yield write(trap.sessionId, '\u0003')).command();
        const cat = (yield start('cat; echo over', true)).command();
        const over = (yield write(cat.sessionId, 'line\n\u0004')).command();
        return [caught, over].map(plain);
      });
      assert.equal(told, [ended(42, '^Ccaught\r\n'), ended(0, 'line\r\nline\r\nover\r\n')]);
    },
    { skip },
  );

  test(
    `${name}: a command without a terminal is interrupted by a signal, and takes no input`,
    async () => {
      const { told, messages } = await play(server, async function* (): ScriptPart<string[]> {
        const trap = (yield start(untilInterrupted, false)).command();
        const refused = (yield write(trap.sessionId, 'text\n')).text();
        const caught = (yield write(trap.sessionId, '\u0003')).command();
        return [refused, plain(caught)];
      });
      assert.match(told[0] ?? '', 'stdin is closed for this session');
      assert.is(told[1], ended(42, 'caught\n'));
      assert.ok(messages.some(({ method }) => method === 'process/signal'));
    },
    { skip },
  );

  test(
    `${name}: an interrupted turn leaves its command alone, and the next turn goes on beside it`,
    async () => {
      const { told, turn } = await play(
        server,
        async function* (): ScriptPart<string> {
          yield [call('exec_command', { cmd: 'echo begun; sleep 3; echo still here > file; sleep 100', yield_time_ms: 20_000 })];
          return plain((yield [call('exec_command', { cmd: 'until [ -s file ]; do sleep 0.1; done; cat file' })]).command());
        },
        async ({ tap }, app) => {
          await tap.find(({ method }) => method === 'process/output');
          const { params } = await app.find(({ method }) => method === 'turn/started');
          const { id } = params['turn'] as { readonly id: string };
          await app.interrupt(id);
          await app.ended(id);
          assert.is((await app.turn('go on')).status, 'completed');
          assert.is(tap.messages.filter(({ method }) => method === 'process/exited').length, 1);
        },
      );
      assert.is(turn.status, 'interrupted');
      assert.is(told, ended(0, 'still here\n'));
    },
    { skip },
  );
}
