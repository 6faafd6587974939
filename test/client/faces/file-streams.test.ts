import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createReadStream, createWriteStream } from '@exec-server/client';
import { startExecServer } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { readAll, sha256 } from '../../harness/byte-streams.js';
import { Scratch } from '../../harness/scratch.js';
import { suite } from '../../harness/test.js';

const test = suite('file streams of Node');

const content = randomBytes(6 * 1024 * 1024 + 1);

test('a file is piped from the server and back', async () => {
  await using host = await startExecServer();
  using scratch = new Scratch();
  const source = scratch.file('source', content);
  await pipeline(createReadStream(host.client, source), createWriteStream(host.client, `${scratch.path}/copy`));
  assert.is(sha256(readFileSync(`${scratch.path}/copy`)), sha256(content));
  assert.is(sha256(await readAll(createReadStream(host.client, source, { start: 5, end: 99 }))), sha256(content.subarray(5, 100)));
});

test('text comes as text, and goes', async () => {
  await using host = await startExecServer();
  using scratch = new Scratch();
  const writing = createWriteStream(host.client, `${scratch.path}/file`);
  writing.write('grüße ');
  writing.end('😀\n');
  await once(writing, 'finish');
  assert.is(await text(createReadStream(host.client, `${scratch.path}/file`, { encoding: 'utf8' })), 'grüße 😀\n');
});

test('what goes wrong is an error event with its code', async () => {
  await using host = await startExecServer();
  for (const open of [createReadStream, createWriteStream]) {
    const stream = open(host.client, '/no/such');
    if ('resume' in stream) stream.resume();
    const [error] = (await once(stream, 'error')) as [NodeJS.ErrnoException];
    assert.equal([error.code, error.path], ['ENOENT', '/no/such']);
  }
});

test('a stream that is destroyed closes its file', async () => {
  await using host = await startExecServer();
  using scratch = new Scratch();
  const reading = createReadStream(host.client, scratch.file('source', content));
  await once(reading, 'readable');
  const open = (): number => host.inspect().server.connections.reduce((sum, connection) => sum + (connection.files?.open.length ?? 0), 0);
  assert.is(open(), 1);
  reading.destroy();
  while (open() > 0) await new Promise((resolve) => setImmediate(resolve));
});
