import { readdirSync, readFileSync, statSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { SpillFile } from '#server/process/spill-file.js';
import { silentLogger } from '#server/telemetry/logger.js';
import { turns } from '../../harness/launching.js';
import { Scratch } from '../../harness/scratch.js';
import { suite } from '../../harness/test.js';

const test = suite('spill-file');

const write = (file: SpillFile, text: string): Promise<number | null> => new Promise((resolve) => file.write(Buffer.from(text), resolve));

test('what was written comes back, from slots that are used again', async () => {
  using scratch = new Scratch();
  const file = new SpillFile(10, silentLogger, scratch.path);
  const [a, b] = await Promise.all([write(file, 'aaaa'), write(file, 'bbbbbbbbbb')]);
  assert.equal([file.read(a as number, 4).toString(), file.read(b as number, 10).toString()], ['aaaa', 'bbbbbbbbbb']);
  file.free(a as number);
  assert.is(await write(file, 'cc'), a);
  assert.is(file.read(a as number, 2).toString(), 'cc');
  assert.is(file.used, 2);
  file.close();
});

test('S3: nobody else can reach the file: it has no name, and only its owner could read it', async () => {
  using scratch = new Scratch();
  const file = new SpillFile(10, silentLogger, scratch.path);
  await write(file, 'secret');
  assert.equal(readdirSync(scratch.path), []);
  const links = readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return statSync(`/proc/self/fd/${fd}`).isFile() && readFileSync(`/proc/self/fd/${fd}`, 'utf8') === 'secret';
    } catch {
      return false;
    }
  });
  assert.is(links.length, 1);
  assert.is(statSync(`/proc/self/fd/${links[0]}`).mode & 0o777, 0o600);
  file.close();
});

test('a large file that is empty again gives its space back', async () => {
  using scratch = new Scratch();
  const file = new SpillFile(1_000, silentLogger, scratch.path);
  const slots = await Promise.all(Array.from({ length: 100 }, () => write(file, 'x')));
  for (const slot of slots) file.free(slot as number);
  assert.is(file.used, 0);
  assert.is(await write(file, 'first again'), 0);
  assert.is(file.read(0, 11).toString(), 'first again');
  file.close();
});

test('a disk that fails is not tried again for a while, and nothing is thrown', async () => {
  const file = new SpillFile(10, silentLogger, '/no/such/directory');
  assert.is(file.isUsable, true);
  assert.is(await write(file, 'x'), null);
  assert.is(file.isUsable, false);
  file.close();
});

test('closing waits for what is being written', async () => {
  using scratch = new Scratch();
  const file = new SpillFile(100, silentLogger, scratch.path);
  const writing = write(file, 'late');
  file.close();
  await writing;
  await turns();
  assert.is(file.isUsable, false);
});
