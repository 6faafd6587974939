import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { limits } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { BodyTooLargeError, readBody, sendAndClose, sendEmpty, sendJson } from '#mcp/gateway/wire/http-body.js';
import { suite } from '../../../harness/test.js';

const test = suite('bodies over HTTP');

/** Sends bytes to a server that does `answer`, and resolves with all that comes back until the connection ends. */
async function talk(
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  ...pieces: readonly (string | Uint8Array)[]
) {
  const server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  let text = '';
  socket.on('data', (data: Buffer) => (text += data.toString('latin1')));
  socket.on('error', () => undefined);
  for (const piece of pieces) {
    socket.write(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await once(socket, 'close');
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  return text;
}
const head = (length: number | string): string =>
  `POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${typeof length === 'number' ? `content-length: ${length}` : length}\r\n\r\n`;
const echo = async (request: IncomingMessage, response: ServerResponse): Promise<void> =>
  sendJson(response, 200, JSON.stringify(await readBody(request, 8)));

test('a body is text wherever its bytes are cut, and null when it is no UTF-8', async () => {
  const bytes = Buffer.from('a€😀');
  assert.match(await talk(echo, head(bytes.length), ...[...bytes].map((byte) => Uint8Array.of(byte))), /content-length: 17|\r\n\r\n"/);
  assert.match(await talk(echo, head(2), Uint8Array.of(0xc3), Uint8Array.of(0x28)), /\r\n\r\nnull$/);
  assert.match(await talk(echo, head(0)), /\r\n\r\n""$/);
});

const refuse = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const error = await readBody(request, 8).then(
    () => null,
    (reason: unknown) => reason,
  );
  sendAndClose(request, response, error instanceof BodyTooLargeError ? 413 : 500, '{}', limits);
};

test('S4: a body above the limit is told by its length, or as soon as it is above', async () => {
  assert.match(await talk(refuse, head(9)), /^HTTP\/1\.1 413 .*connection: close/s);
  assert.match(await talk(refuse, head('transfer-encoding: chunked'), '5\r\n12345\r\n', '5\r\n67890\r\n'), /^HTTP\/1\.1 413 /);
});

test('A5: answers have their length, and empty ones no body', async () => {
  const empty = await talk(async (_, response) => sendEmpty(response, 202, { 'x-own': '1' }), head(0));
  assert.match(empty, /^HTTP\/1\.1 202 .*x-own: 1.*content-length: 0.*\r\n\r\n$/s);
  const twice = await talk(async (_, response) => {
    sendJson(response, 200, '"ü"');
    sendJson(response, 500, '"again"');
  }, head(0));
  assert.match(twice, /^HTTP\/1\.1 200 .*content-type: application\/json.*content-length: 4\r\n/s);
  assert.not.match(twice, /again/);
});

test('a sender that is gone before the end is an error', async () => {
  let failed: unknown = null;
  await new Promise<void>((resolve) => {
    const server = createServer((request) => {
      readBody(request, 8).catch((error: unknown) => {
        failed = error;
        server.close(() => resolve());
        server.closeAllConnections();
      });
      request.socket.destroy();
    }).listen(0, '127.0.0.1', () => {
      connect((server.address() as AddressInfo).port, '127.0.0.1')
        .on('error', () => undefined)
        .write(head(5));
    });
  });
  assert.instance(failed, Error);
});
