import { existsSync, mkdirSync, readdirSync, readSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { closeAll, NamedPipes, type PipeEnds } from '#server/process/named-pipes.js';
import { Scratch, withVariable } from '../../harness/scratch.js';
import { suite } from '../../harness/test.js';

const test = suite('named-pipes');

/** Runs with a temporary directory of its own, and closes what is opened. */
async function withPipes(batch: number, body: (pipes: NamedPipes, temporary: string) => Promise<void>): Promise<void> {
  using scratch = new Scratch();
  using _ = withVariable('TMPDIR', scratch.path);
  const pipes = new NamedPipes(batch);
  try {
    await body(pipes, scratch.path);
  } finally {
    await pipes.close();
  }
}

function carries({ readEnd, writeEnd }: PipeEnds, text: string): string {
  writeSync(writeEnd, text);
  const buffer = Buffer.alloc(100);
  return buffer.toString('utf8', 0, readSync(readEnd, buffer));
}

const closeEnds = (ends: readonly PipeEnds[]): void => ends.forEach(({ readEnd, writeEnd }) => closeAll(readEnd, writeEnd));
const codeOf = (error: unknown): string => String((error as NodeJS.ErrnoException).code);
const namesIn = (temporary: string): string[] => readdirSync(temporary).flatMap((name) => readdirSync(join(temporary, name)));

test('each pipe carries its own bytes', () =>
  withPipes(4, async (pipes) => {
    const ends = await pipes.open(3);
    assert.equal(
      ends.map((pair, at) => carries(pair, `text ${at}`)),
      ['text 0', 'text 1', 'text 2'],
    );
    closeEnds(ends);
  }));

test('an empty pipe does not block the one who reads', () =>
  withPipes(4, async (pipes) => {
    const ends = await pipes.open(1);
    assert.throws(() => readSync((ends[0] as PipeEnds).readEnd, Buffer.alloc(1)), /EAGAIN/);
    closeEnds(ends);
  }));

test('a name is gone as soon as its pipe is open, and the directory is private', () =>
  withPipes(4, async (pipes, temporary) => {
    const ends = await pipes.open(2);
    const [directory] = readdirSync(temporary);
    assert.match(directory as string, new RegExp(`^exec-server-pipes-${process.pid}-`));
    assert.is(statSync(join(temporary, directory as string)).mode & 0o777, 0o700);
    const names = namesIn(temporary);
    assert.is(names.length, 2, 'the rest of the batch');
    for (const name of names) {
      const { mode } = statSync(join(temporary, directory as string, name));
      assert.is(mode & 0o7777, 0o600);
    }
    closeEnds(ends);
  }));

test('more pipes than a batch has, and many at once, are all different', () =>
  withPipes(3, async (pipes) => {
    const groups = await Promise.all([pipes.open(7), pipes.open(1), pipes.open(2), pipes.open(3), pipes.open(3)]);
    const ends = groups.flat();
    assert.is(ends.length, 16);
    assert.is(new Set(ends.flatMap(({ readEnd, writeEnd }) => [readEnd, writeEnd])).size, 32);
    assert.equal(
      ends.map((pair, at) => carries(pair, `${at}`)),
      ends.map((_, at) => `${at}`),
    );
    closeEnds(ends);
  }));

test('closing removes the directory, leaves open pipes alone, and may be repeated', () =>
  withPipes(4, async (pipes, temporary) => {
    const ends = await pipes.open(1);
    await pipes.close();
    await pipes.close();
    assert.equal(readdirSync(temporary), []);
    assert.is(carries(ends[0] as PipeEnds, 'still here'), 'still here');
    closeEnds(ends);
  }));

test('nothing is made before the first pipe is wanted', () =>
  withPipes(4, async (pipes, temporary) => {
    await pipes.close();
    assert.equal(readdirSync(temporary), []);
  }));

test('what a killed server left is removed; what belongs to a live one, or to nobody known, stays', () =>
  withPipes(4, async (pipes, temporary) => {
    const beyondAnyPid = 2 ** 30;
    const abandoned = `exec-server-pipes-${beyondAnyPid}-abc`;
    const kept = ['exec-server-pipes-1-abc', `exec-server-pipes-${process.pid}-abc`, 'exec-server-pipes-abc', 'something else'];
    for (const name of [abandoned, ...kept]) mkdirSync(join(temporary, name));
    closeEnds(await pipes.open(1));
    assert.is(existsSync(join(temporary, abandoned)), false);
    for (const name of kept) assert.ok(existsSync(join(temporary, name)), name);
  }));

test('a temporary directory that is missing fails the start, not the ones after it, nor the close', async () => {
  using scratch = new Scratch();
  const pipes = new NamedPipes(2);
  {
    using _ = withVariable('TMPDIR', join(scratch.path, 'missing'));
    assert.is(await pipes.open(1).then(String, codeOf), 'ENOENT');
    const closed = await pipes.close().then(String, codeOf);
    assert.is(closed, 'undefined', 'nothing is thrown');
  }
  using _ = withVariable('TMPDIR', scratch.path);
  closeEnds(await pipes.open(1));
  await pipes.close();
});

test('a directory that was cleaned away, as by the keeper of /tmp, is made again', () =>
  withPipes(8, async (pipes, temporary) => {
    closeEnds(await pipes.open(1));
    for (const name of readdirSync(temporary)) rmSync(join(temporary, name), { recursive: true });
    const ends = await pipes.open(2);
    assert.is(carries(ends[1] as PipeEnds, 'x'), 'x');
    closeEnds(ends);
  }));
