import { closeSync, constants, openSync, readSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { NamedPipes } from '#server/process/named-pipes.js';
import { PtySink } from '#server/process/pty-sink.js';
import { turns } from '../../harness/launching.js';
import { suite } from '../../harness/test.js';

const test = suite('pty-sink');

/** Something that takes 64 KiB and is full then, as a terminal is sooner. */
interface Full {
  readonly writer: number;
  /** Everything that has been written and not read. */
  readonly drain: () => string;
}

async function withPipe(body: (pipe: Full) => Promise<void>): Promise<void> {
  const pipes = new NamedPipes(1);
  const [ends] = await pipes.open(1);
  await pipes.close();
  if (!ends) throw new Error('no pipe');
  const writer = openSync(`/proc/self/fd/${ends.writeEnd}`, constants.O_WRONLY | constants.O_NONBLOCK);
  closeSync(ends.writeEnd);
  try {
    await body({ writer, drain: () => readAvailable(ends.readEnd) });
  } finally {
    closeSync(writer);
    closeSync(ends.readEnd);
  }
}

function readAvailable(descriptor: number): string {
  const piece = Buffer.alloc(1024 * 1024);
  try {
    return piece.toString('latin1', 0, readSync(descriptor, piece));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return '';
    throw error;
  }
}

const isOpen = (): boolean => true;

test('P7: a write that does not fit is finished bit by bit as room appears, in order', () =>
  withPipe(async ({ writer, drain }) => {
    const sink = new PtySink(writer, isOpen);
    const text = Array.from({ length: 50_000 }, (_, at) => `${at} `).join('');
    const outcomes: (Error | undefined)[] = [];
    sink.write(Buffer.from(text), (error) => outcomes.push(error));
    await turns();
    assert.equal(outcomes, [], 'there was not room for all');
    let read = '';
    while (outcomes.length === 0) {
      read += drain();
      await turns(1);
    }
    assert.equal(outcomes, [undefined]);
    assert.is(read + drain(), text);
  }));

test('a write that fits is done at once, but never before the call returns', () =>
  withPipe(async ({ writer, drain }) => {
    const sink = new PtySink(writer, isOpen);
    let isDone = false;
    sink.write(Buffer.from('hello'), () => (isDone = true));
    assert.is(isDone, false);
    await Promise.resolve();
    assert.is(isDone, true);
    assert.is(drain(), 'hello');
  }));

test('the end of input is typed as ^D and leaves the terminal open for more', () =>
  withPipe(async ({ writer, drain }) => {
    const sink = new PtySink(writer, isOpen);
    sink.end();
    assert.is(sink.staysOpen, true);
    await new Promise((resolve) => sink.write(Buffer.from('more'), resolve));
    assert.is(drain(), '\u0004more');
  }));

test('once closed it does not write any more, not even the rest of what it had begun', () =>
  withPipe(async ({ writer, drain }) => {
    const sink = new PtySink(writer, isOpen);
    sink.write(Buffer.alloc(300_000), () => undefined);
    sink.close();
    assert.ok(drain().length > 0);
    await turns(50);
    sink.write(Buffer.from('late'), () => undefined);
    assert.is(drain(), '');
  }));

test('a number that no longer means the terminal is not written to, and the write is told', () =>
  withPipe(async ({ writer, drain }) => {
    const sink = new PtySink(writer, () => false);
    let outcome: Error | string = 'never told';
    sink.write(Buffer.from('secret'), (error) => (outcome = error ?? 'done'));
    await turns();
    assert.is(drain(), '');
    assert.instance(outcome, Error);
  }));

test('a failure of the system is passed on', () =>
  withPipe(async () => {
    const sink = new PtySink(2 ** 30, isOpen);
    const error = await new Promise<Error | undefined>((resolve) => sink.write(Buffer.from('x'), resolve));
    assert.is((error as NodeJS.ErrnoException).code, 'EBADF');
  }));
