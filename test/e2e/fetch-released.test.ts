import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import * as assert from 'uvu/assert';
import { startCommandServer } from '../harness/command-line.js';
import { suite } from '../harness/test.js';
import { byPath, startOrigin } from '../harness/web-origin.js';

const test = suite('fetch, of responses that are let go of');

const program = fileURLToPath(new URL('../../../fixtures/programs/released-responses.mjs', import.meta.url));

/** Begins to answer, and says no more. */
const begin = (bytes: string | Buffer) => (_: IncomingMessage, response: ServerResponse) => void response.write(bytes);

test('garbage is closed upstream, read or not; what is kept goes on', async () => {
  const zip = gzipSync('one').subarray(0, 12);
  await using origin = await startOrigin(
    byPath({
      '/unread': begin('x'),
      '/begun': begin('x'),
      '/copied': begin('x'),
      '/below': begin('x'),
      '/kept': begin('kept'),
      '/zipped': (_, response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' });
        response.write(zip);
      },
    }),
  );
  await using server = await startCommandServer();
  const child = spawn(process.execPath, ['--expose-gc', program, server.url, origin.url], { stdio: ['pipe', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  try {
    const released = ['/begun', '/below', '/copied', '/unread', '/zipped'];
    await origin.until(() => origin.broken.length >= released.length);
    assert.equal(origin.broken.toSorted(), released);
    child.stdin.write('go on\n');
    assert.is(await text(child.stdout), 'kept');
  } finally {
    child.kill();
    await closed;
  }
});
