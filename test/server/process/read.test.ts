import * as assert from 'uvu/assert';
import type { ProcessReadResult } from '#protocol/wire.js';
import type { Process } from '#server/process/process.js';
import { read } from '#server/process/read.js';
import { createProcess } from '../../harness/fake-child.js';
import { textOf } from '../../harness/json-text.js';
import { turns } from '../../harness/launching.js';
import { suite } from '../../harness/test.js';

const test = suite('read');

interface ReadOptions {
  readonly afterSeq?: number | null;
  readonly maxBytes?: number | null;
  readonly waitMs?: number | null;
}

const aDay = 86_400_000;
const never = new AbortController().signal;

async function answerOf(process: Process, options: ReadOptions = {}, signal = never): Promise<ProcessReadResult> {
  const answer = await read(process, { processId: process.id, ...options }, { signal });
  return JSON.parse(textOf(answer.toJson())) as ProcessReadResult;
}

/** The answer in short: what was said, `nextSeq`, and the state in capitals. */
async function shortAnswer(process: Process, options: ReadOptions = {}): Promise<string> {
  const { chunks, nextSeq, exited, closed } = await answerOf(process, options);
  const said = chunks.map(({ seq, chunk }) => `${seq}:${Buffer.from(chunk, 'base64').toString()}`);
  return [...said, `next ${nextSeq}`, ...(exited ? ['EXITED'] : []), ...(closed ? ['CLOSED'] : [])].join(' ');
}

/** Whether a read with a long wait has been answered by now. */
async function isAnswered(answer: Promise<unknown>): Promise<boolean> {
  let answered = false;
  void answer.then(() => (answered = true));
  await turns();
  return answered;
}

function speaking() {
  const made = createProcess();
  for (const text of ['aa', 'bb', 'cc']) made.child.stdout.say(text);
  return made;
}

/** Five chunks, exited and closed: the example of the specification. */
async function closedAfterFive() {
  const made = createProcess();
  for (const text of ['1', '2', '3', '4', '5']) made.child.stdout.say(text);
  await made.child.exit({ code: 3 });
  made.child.endStreams();
  return made;
}

test('an answer has every member of the base', async () => {
  const { child, process } = createProcess();
  child.stderr.say('hi');
  assert.equal(await answerOf(process), {
    chunks: [{ seq: 1, stream: 'stderr', chunk: 'aGk=' }],
    nextSeq: 2,
    exited: false,
    exitCode: null,
    closed: false,
    failure: null,
    sandboxDenied: false,
    oldestSeq: 1,
    gap: null,
  });
});

test('T1: an answer tells how the process ended', async () => {
  const { exitCode, exited, closed, signal } = await answerOf((await closedAfterFive()).process);
  assert.equal({ exitCode, exited, closed, signal }, { exitCode: 3, exited: true, closed: true, signal: undefined });
  const { child, process } = createProcess();
  await child.exit({ signal: 'SIGKILL' });
  const killed = await answerOf(process);
  assert.equal([killed.exitCode, killed.signal, killed.closed], [137, 'SIGKILL', false]);
});

test('what comes after the cursor is returned, in order', async () => {
  const { process } = speaking();
  assert.is(await shortAnswer(process), '1:aa 2:bb 3:cc next 4');
  assert.is(await shortAnswer(process, { afterSeq: 0, maxBytes: null, waitMs: null }), '1:aa 2:bb 3:cc next 4');
  assert.is(await shortAnswer(process, { afterSeq: 2 }), '3:cc next 4');
  assert.is(await shortAnswer(process, { afterSeq: 3 }), 'next 4');
  assert.is(await shortAnswer(process, { afterSeq: 2 ** 64 }), 'next 4');
});

test('reading takes nothing away', async () => {
  const { process } = speaking();
  const answers = await Promise.all([1, 2, 3].map(() => shortAnswer(process)));
  assert.equal(answers, ['1:aa 2:bb 3:cc next 4', '1:aa 2:bb 3:cc next 4', '1:aa 2:bb 3:cc next 4']);
});

test('`maxBytes` limits whole chunks but lets one through', async () => {
  const { process } = speaking();
  for (const maxBytes of [0, 1, 2, 3]) assert.is(await shortAnswer(process, { maxBytes }), '1:aa next 2', `${maxBytes}`);
  assert.is(await shortAnswer(process, { maxBytes: 4 }), '1:aa 2:bb next 3');
  assert.is(await shortAnswer(process, { afterSeq: 1, maxBytes: 3 }), '2:bb next 3');
});

test('`nextSeq` without a limit counts the terminal events, with one it follows the last chunk', async () => {
  const { process } = await closedAfterFive();
  assert.is(await shortAnswer(process), '1:1 2:2 3:3 4:4 5:5 next 8 EXITED CLOSED');
  assert.is(await shortAnswer(process, { maxBytes: 1_000 }), '1:1 2:2 3:3 4:4 5:5 next 6 EXITED CLOSED');
  assert.is(await shortAnswer(process, { maxBytes: 2 ** 64 }), '1:1 2:2 3:3 4:4 5:5 next 6 EXITED CLOSED');
  assert.is(await shortAnswer(process, { afterSeq: 5, maxBytes: 1_000 }), 'next 8 EXITED CLOSED');
  assert.is(await shortAnswer(process, { afterSeq: 4 }), '5:5 next 8 EXITED CLOSED');
});

test('T3: what is no longer retained is missing by number', async () => {
  const { child, process } = createProcess({ limits: { retainedOutputBytes: 4 } });
  for (const text of ['aa', 'bb']) child.stdout.say(text);
  process.log.deliver(2);
  child.stdout.say('cc');
  assert.is(await shortAnswer(process), '2:bb 3:cc next 4');
  const { oldestSeq, gap } = await answerOf(process);
  assert.equal([oldestSeq, gap], [2, { fromSeq: 1, toSeq: 1, bytes: 2 }]);
});

test('a read waits for output', async () => {
  const { child, process } = speaking();
  const waiting = shortAnswer(process, { afterSeq: 3, waitMs: 2 ** 64 });
  assert.is(await isAnswered(waiting), false);
  child.stdout.say('dd');
  assert.is(await waiting, '4:dd next 5');
});

test('a read waits for the exit, and after it for what may still come', async () => {
  const { child, process } = speaking();
  const forExit = shortAnswer(process, { afterSeq: 3, waitMs: aDay });
  assert.is(await isAnswered(forExit), false);
  await child.exit();
  assert.is(await forExit, 'next 5 EXITED');
  const forClose = shortAnswer(process, { afterSeq: 4, waitMs: aDay });
  assert.is(await isAnswered(forClose), false, 'the exit is known to the caller');
  child.endStreams();
  assert.is(await forClose, 'next 6 EXITED CLOSED');
});

test('a read does not wait when there is news, or nothing can come', async () => {
  const { child, process } = speaking();
  assert.is(await shortAnswer(process, { afterSeq: 2, waitMs: aDay }), '3:cc next 4');
  await child.exit();
  assert.is(await shortAnswer(process, { afterSeq: 3, waitMs: aDay }), 'next 5 EXITED', 'an exit not seen yet');
  child.endStreams();
  for (const afterSeq of [3, 4, 5, 99]) assert.is(await shortAnswer(process, { afterSeq, waitMs: aDay }), 'next 6 EXITED CLOSED');
});

test('an event the caller has seen already does not end a wait', async () => {
  const { child, process } = speaking();
  const ahead = shortAnswer(process, { afterSeq: 5, waitMs: aDay });
  for (const text of ['dd', 'ee']) {
    child.stdout.say(text);
    assert.is(await isAnswered(ahead), false);
  }
  child.stdout.say('ff');
  assert.is(await ahead, '6:ff next 7');
});

test('a wait that runs out is answered as things stand', async () => {
  assert.is(await shortAnswer(speaking().process, { afterSeq: 3, waitMs: 1 }), 'next 4');
  assert.is(await shortAnswer(speaking().process, { afterSeq: 3, waitMs: 0 }), 'next 4');
});

test('P4: a wait ends with the reason for which its request is given up', async () => {
  const { process } = speaking();
  const request = new AbortController();
  const waiting = answerOf(process, { afterSeq: 3, waitMs: aDay }, request.signal).then(
    () => 'answered',
    (error: Error) => error.message,
  );
  request.abort(new Error('session has been resumed by another connection'));
  assert.is(await waiting, 'session has been resumed by another connection');
});

test('an answer is written when it is sent, and tells how things stand by then', async () => {
  const { child, process } = speaking();
  const answer = await read(process, { processId: 'p', afterSeq: 2 }, { signal: never });
  child.stdout.say('dd');
  const { chunks, nextSeq } = JSON.parse(textOf(answer.toJson())) as ProcessReadResult;
  assert.equal([chunks.length, nextSeq], [2, 5]);
});

test('an answer that would be too long for a message ends early, and tells how things stood there', async () => {
  const { child, process } = createProcess();
  for (const text of ['aa', 'bb', 'cc']) child.stdout.say(text.repeat(30_000));
  await child.exit();
  child.endStreams();
  const answer = await read(process, { processId: 'p' }, { signal: never }, 240_000);
  const { chunks, nextSeq, exited, closed, gap } = JSON.parse(textOf(answer.toJson())) as ProcessReadResult;
  assert.equal([chunks.map(({ seq }) => seq), nextSeq, exited, closed, gap], [[1, 2], 3, false, false, null]);
  const rest = await read(process, { processId: 'p', afterSeq: nextSeq - 1 }, { signal: never }, 240_000);
  const end = JSON.parse(textOf(rest.toJson())) as ProcessReadResult;
  assert.equal([end.chunks.map(({ seq }) => seq), end.nextSeq, end.exited, end.closed], [[3], 6, true, true]);
});
