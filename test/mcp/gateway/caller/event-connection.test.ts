import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { type Limits, limits } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { EventConnection } from '#mcp/gateway/caller/event-connection.js';
import { suite } from '../../../harness/test.js';

const test = suite('mcp event connection');

/** A response that is an event stream, and what its reader has got of it. */
async function withConnection(
  body: (it: {
    connection: EventConnection;
    response: ServerResponse;
    closings: number[];
    text: () => string;
    pause: () => void;
  }) => Promise<void>,
  changed: Partial<Limits> = {},
): Promise<void> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  let text = '';
  socket.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  socket.on('error', () => undefined); // it is cut
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  const [, response] = (await once(server, 'request')) as [unknown, ServerResponse];
  const closings: number[] = [];
  const connection = new EventConnection(response, { ...limits, ...changed }, () => closings.push(1), { 'x-more': 'y' });
  try {
    await body({ connection, response, closings, text: () => text, pause: () => void socket.pause() });
  } finally {
    connection.end();
    socket.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

const until = async (isTrue: () => boolean): Promise<void> => {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 5));
};

test('A5: the head leaves before anything is said, with what keeps proxies from holding events back', () =>
  withConnection(async ({ text }) => {
    await until(() => text().includes('\r\n\r\n'));
    for (const header of ['content-type: text/event-stream', 'cache-control: no-cache, no-transform', 'x-accel-buffering: no', 'x-more: y'])
      assert.ok(text().includes(`${header}\r\n`), header);
  }));

test('A5: a message is one event with its id; a primer has an id, a pause to wait, and no data', () =>
  withConnection(async ({ connection, text }) => {
    connection.prime('s.1-0');
    connection.send('{"a":1}', 's.1-1');
    connection.send('{"b":2}', null);
    await until(() => text().includes('"b"'));
    assert.ok(text().includes('id: s.1-0\nretry: 1000\ndata: \n\n'));
    assert.ok(text().includes('id: s.1-1\nevent: message\ndata: {"a":1}\n\n'));
    assert.match(text(), /[^1]\r?\nevent: message\ndata: \{"b":2\}\n\n/);
  }));

test('A5, part D: silence is broken by a comment, every 20 s unless told otherwise', async () => {
  assert.is(limits.mcpKeepAliveMs, 20_000);
  await withConnection(({ text }) => until(() => (text().match(/^:$/gm) ?? []).length > 1), { mcpKeepAliveMs: 10 });
});

test('part D: a reader that leaves 4 MiB unread is cut', () =>
  withConnection(async ({ connection, response, closings, text, pause }) => {
    await until(() => text().includes('\r\n\r\n'));
    pause();
    const event = 'x'.repeat(64 * 1024);
    let mostBytes = 0;
    for (let sent = 0; connection.isOpen && sent < 1_000; sent++) {
      mostBytes = Math.max(mostBytes, response.writableLength);
      connection.send(event, null);
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.not.ok(connection.isOpen);
    assert.ok(mostBytes <= 4 * 1024 * 1024 && mostBytes > 3.9 * 1024 * 1024, String(mostBytes));
    assert.is(closings.length, 1);
  }));

test('part D: one message that is larger, and many that were due at once, do not make a reader slow', () =>
  withConnection(async ({ connection, text }) => {
    const large = 'y'.repeat(9 * 1024 * 1024);
    connection.send(large, null);
    for (let i = 0; i < 100; i++) connection.send('z'.repeat(64 * 1024), null, true);
    connection.send('last', null);
    await until(() => text().includes('last'));
    assert.ok(connection.isOpen);
  }));
