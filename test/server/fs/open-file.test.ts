import { open } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { OpenFile, type Work } from '#server/fs/open-file.js';
import { failure } from '../../harness/failure.js';
import { Scratch } from '../../harness/scratch.js';
import { suite } from '../../harness/test.js';

const test = suite('open-file');

const atOnce: Work = (task) => task();

test('what is asked for before it is open is done in order, and before it is closed', async () => {
  using scratch = new Scratch();
  const path = scratch.file('f');
  let opened!: () => void;
  const gate = new Promise<void>((resolve) => (opened = resolve));
  const file = new OpenFile(gate.then(() => open(path, 'r+')));
  const done: string[] = [];
  const writes = ['aaaa', 'bb', 'c'].map((text) =>
    file.write(0, Buffer.from(text), atOnce).then((isDone) => done.push(`${text} ${isDone}`)),
  );
  const closed = file.close().then(() => done.push('closed'));
  opened();
  await Promise.all([...writes, closed, file.close()]);
  assert.equal(done, ['aaaa true', 'bb true', 'c true', 'closed']);
  assert.is(readFileSync(path, 'utf8'), 'cbaa');
});

test('P9: writes stay in order whatever slots do, and take none while they wait for each other', async () => {
  using scratch = new Scratch();
  const path = scratch.file('f');
  const file = new OpenFile(open(path, 'r+'));
  let working = 0;
  let most = 0;
  const slow: Work = async (task) => {
    most = Math.max(most, ++working);
    await new Promise((resolve) => setTimeout(resolve, 5 - working));
    const result = await task();
    working--;
    return result;
  };
  await Promise.all(Array.from({ length: 30 }, (_, at) => file.write(0, Buffer.from(String(at).padStart(3, '0')), slow)));
  await file.close();
  assert.is(readFileSync(path, 'utf8'), '029');
  assert.is(most, 1);
});

test('a write that fails leaves it open, a read that fails is the last', async () => {
  using scratch = new Scratch();
  const file = new OpenFile(open(scratch.file('f', 'x'), 'r'));
  assert.is(((await failure(file.write(0, Buffer.from('y'), atOnce), Error)) as NodeJS.ErrnoException).code, 'EBADF');
  assert.is(await file.read(0, Buffer.alloc(1), atOnce), 1);
  assert.is((await failure(file.read(2 ** 63, Buffer.alloc(1), atOnce), Error)).message, 'Invalid argument (os error 22)');
  assert.is(await file.read(0, Buffer.alloc(1), atOnce), null);
  assert.is(await file.write(0, Buffer.from('y'), atOnce), false);
  assert.is(file.hasFailed, true);
  await file.close();
});

test('one that could not be opened has nothing to do or to close', async () => {
  const file = new OpenFile(open('/nonexistent/file', 'r'));
  assert.is(await file.read(0, Buffer.alloc(1), atOnce), null);
  assert.is(await file.write(0, Buffer.alloc(1), atOnce), false);
  await failure(file.opened(), Error);
  await file.close();
});

test('it reads as much as there is', async () => {
  using scratch = new Scratch();
  const file = new OpenFile(open(scratch.file('f', 'hello'), 'r'));
  const read = async (offset: number, length: number): Promise<string> => {
    const buffer = Buffer.alloc(length);
    return buffer.toString('utf8', 0, (await file.read(offset, buffer, atOnce)) ?? -1);
  };
  assert.equal(await Promise.all([read(0, 5), read(1, 3), read(3, 9), read(5, 1), read(2 ** 60, 4)]), ['hello', 'ell', 'lo', '', '']);
  await file.close();
});
