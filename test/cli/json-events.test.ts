import * as assert from 'uvu/assert';
import { runCommand } from '../harness/command-line.js';
import { suite } from '../harness/test.js';

const test = suite('json-events');

interface JsonEvent {
  readonly type: string;
  readonly seq?: number;
  readonly [member: string]: unknown;
}

async function execJson(args: readonly string[]): Promise<{ code: number | null; events: JsonEvent[]; stderr: string }> {
  const { code, stdout, stderr } = await runCommand(['exec', '--json', ...args]);
  const lines = stdout.toString().split('\n');
  assert.is(lines.pop(), '', 'the last line is whole');
  return { code, events: lines.map((line) => JSON.parse(line) as JsonEvent), stderr };
}

test('every event is a line, from the start to the close, and the exit code is that of the command', async () => {
  const { code, events, stderr } = await execJson(['--', 'sh', '-c', 'printf "\\377ü"; sleep 0.05; echo err >&2; exit 3']);
  assert.equal([code, stderr], [3, '']);
  const [started, ...rest] = events;
  assert.is(started?.type, 'started');
  assert.equal(
    ['session', 'process', 'pid'].map((name) => typeof started?.[name]),
    ['string', 'string', 'number'],
  );
  assert.equal(
    rest.map(({ seq }) => seq),
    [1, 2, 3, 4],
  );
  const textOf = (stream: string): string => {
    const chunks = rest.filter((event) => event['stream'] === stream);
    return Buffer.concat(chunks.map((event) => Buffer.from(String(event['base64']), 'base64'))).toString('latin1');
  };
  assert.equal([textOf('stdout'), textOf('stderr')], ['\u00ff\u00c3\u00bc', 'err\n']);
  assert.equal(rest.find(({ type }) => type === 'exited')?.['exitCode'], 3);
  assert.equal(rest.at(-1), { type: 'closed', seq: 4 });
});

test('T1: a signal is named', async () => {
  const { code, events } = await execJson(['--', 'sh', '-c', 'kill -TERM $$']);
  assert.is(code, 143);
  assert.equal(
    events.find(({ type }) => type === 'exited'),
    { type: 'exited', seq: 1, exitCode: 143, signal: 'SIGTERM', timedOut: false },
  );
});

test('a start that fails prints no event', async () => {
  const { code, events, stderr } = await execJson(['--', 'no-such-program']);
  assert.equal([code, events], [127, []]);
  assert.match(stderr, 'No such file');
});
