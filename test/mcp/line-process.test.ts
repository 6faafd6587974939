import { ExecClient, OutputGapError } from '@exec-server/client';
import { encodeBase64 } from '@exec-server/protocol';
import { startExecServer } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { type LineListener, LineProcess, type LineProcessEnd } from '#mcp/line-process.js';
import { ScriptedServer } from '../harness/scripted-server.js';
import { emptyRead } from '../harness/scripted-process.js';
import { suite } from '../harness/test.js';

const test = suite('line-process');

/** Hears everything. */
class Ear implements LineListener {
  readonly lines: string[] = [];
  readonly stderr: string[] = [];
  readonly whenEnded: Promise<LineProcessEnd>;
  #settle!: (end: LineProcessEnd) => void;
  ends = 0;

  constructor() {
    this.whenEnded = new Promise((resolve) => (this.#settle = resolve));
  }

  line(line: Uint8Array): void | Promise<void> {
    this.lines.push(Buffer.from(line).toString());
  }

  stderrLine(line: string): void {
    this.stderr.push(line);
  }

  ended(end: LineProcessEnd): void {
    this.ends++;
    this.#settle(end);
  }
}

async function start(client: ExecClient, script: string, maxLineBytes?: number) {
  const process = await LineProcess.start(client, { argv: ['sh', '-c', script], maxLineBytes });
  const ear = new Ear();
  process.follow(ear);
  return { process, ear };
}

test('lines, the last one without an end included, come before the end of the program', async () => {
  await using host = await startExecServer();
  const { process, ear } = await start(host.client, 'echo one; echo loud >&2; printf "two\\nrest"; printf half >&2; exit 4');
  assert.equal(await ear.whenEnded, { exit: { exitCode: 4, signal: null, timedOut: false } });
  assert.equal([ear.lines, ear.stderr, process.stderrTail], [['one', 'two', 'rest'], ['loud', 'half'], 'loud\nhalf']);
  await process.terminate();
  assert.is(ear.ends, 1);
});

test('what is written arrives whole and in order, as text or as bytes', async () => {
  await using host = await startExecServer();
  const { process, ear } = await start(host.client, 'cat');
  await Promise.all([process.write('one\n'), process.write(Buffer.from('two\n')), process.write('thrée\n')]);
  assert.is(await process.closeGracefully(10_000), true);
  assert.equal(ear.lines, ['one', 'two', 'thrée']);
});

test('lines in front of one that is too long are delivered, and the program is killed', async () => {
  await using host = await startExecServer();
  const { ear } = await start(host.client, 'printf "a\\nb\\n"; head -c 100000 /dev/zero; exec sleep 1000', 1_000);
  const end = await ear.whenEnded;
  assert.ok('failure' in end && end.failure instanceof RangeError);
  assert.equal(ear.lines, ['a', 'b']);
});

test('a listener that takes its time is waited for, line by line', async () => {
  await using host = await startExecServer();
  const process = await LineProcess.start(host.client, { argv: ['seq', '5'] });
  const ear = new Ear();
  let isBusy = false;
  ear.line = async (line) => {
    assert.not.ok(isBusy);
    isBusy = true;
    await new Promise(setImmediate);
    isBusy = false;
    ear.lines.push(Buffer.from(line).toString());
  };
  process.follow(ear);
  assert.ok('exit' in (await ear.whenEnded));
  assert.equal(ear.lines, ['1', '2', '3', '4', '5']);
});

test('a listener that fails, at once or later, ends the program with its error', async () => {
  await using host = await startExecServer();
  for (const line of [() => Promise.reject(new TypeError('later')), () => assert.unreachable('at once')]) {
    const process = await LineProcess.start(host.client, { argv: ['sh', '-c', 'echo one; exec sleep 1000'] });
    const ear = new Ear();
    ear.line = line;
    process.follow(ear);
    const end = await ear.whenEnded;
    assert.ok('failure' in end && /later|at once/.test(end.failure.message));
    await process.terminate();
  }
  assert.is(host.inspect().server.liveProcesses, 0);
});

test('T3: a hole in the output is the end, whatever comes behind it', async () => {
  const server = new ScriptedServer({
    'process/read': () => ({ ...emptyRead, nextSeq: 4, gap: { fromSeq: 2, toSeq: 3, bytes: 10 } }),
    'process/terminate': () => ({ running: true }),
  });
  await using client = await ExecClient.connect(server.openChannel);
  const { ear } = await start(client, 'never run');
  const processId = String(server.of('process/start')[0]?.params['processId']);
  const output = (seq: number, text: string): void =>
    server.notify('process/output', { processId, seq, stream: 'stdout', chunk: encodeBase64(Buffer.from(text)) });
  output(1, '{"first":1}\n{"second":');
  for (let seq = 4; seq < 300; seq++) output(seq, '2}\n');
  const end = await ear.whenEnded;
  assert.ok('failure' in end && end.failure instanceof OutputGapError);
  assert.equal(ear.lines, ['{"first":1}']);
  assert.is(server.of('process/terminate').length, 1);
});

test('a program that was never listened to can be ended', async () => {
  await using host = await startExecServer();
  const process = await LineProcess.start(host.client, { argv: ['sleep', '1000'] });
  assert.ok(process.pid);
  await process.terminate();
  assert.is(host.inspect().server.liveProcesses, 0);
});
