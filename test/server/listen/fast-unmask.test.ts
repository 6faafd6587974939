import { once } from 'node:events';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { WebSocket, WebSocketServer } from 'ws';
import { unmask, unmaskFast } from '#server/listen/fast-unmask.js';
import { holds } from '../../harness/property.js';
import { suite } from '../../harness/test.js';

const test = suite('fast-unmask');

test('every byte is XORed with its byte of the mask, wherever in memory the bytes lie', () =>
  holds(
    fc.record({
      bytes: fc.uint8Array({ maxLength: 300 }),
      mask: fc.uint8Array({ minLength: 4, maxLength: 4 }),
      before: fc.nat(9),
      after: fc.nat(9),
    }),
    ({ bytes, mask, before, after }) => {
      const memory = new Uint8Array(before + bytes.length + after).fill(7);
      memory.set(bytes, before);
      unmask(memory.subarray(before, before + bytes.length), mask);
      const expected = bytes.map((byte, at) => byte ^ (mask[at % 4] as number));
      assert.equal([...memory], [...Array(before).fill(7), ...expected, ...Array(after).fill(7)]);
    },
  ));

test('messages of every size, in pieces and in one, arrive as they were sent', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const received: Buffer[] = [];
  server.on('connection', (socket) => {
    unmaskFast(socket);
    const { _receiver: receiver } = socket as unknown as { _receiver: object };
    assert.is(Object.hasOwn(receiver, 'getData'), !('websocketUnmask' in http), 'the library has the parts that are used of it');
    socket.on('message', (data: Buffer) => received.push(Buffer.from(data)));
  });
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await once(client, 'open');
  const sizes = [0, 1, 125, 126, 255, 256, 257, 1_000, 65_535, 65_536, 87_381, 87_382, 1_000_003, 2_097_152, 2_097_153, 300_000, 4_000_000];
  const sent = sizes.map((size) => Buffer.from(Uint8Array.from({ length: size }, (_, at) => at * 31)));
  for (const [index, bytes] of sent.entries()) {
    if (index % 2 === 0) client.send(bytes);
    else {
      client.send(bytes.subarray(0, 300), { fin: false });
      client.send(bytes.subarray(300), { fin: true });
    }
  }
  client.close();
  await once(client, 'close');
  server.close();
  assert.equal(
    received.map((bytes) => bytes.length),
    sizes,
  );
  for (const [index, bytes] of received.entries()) assert.ok(bytes.equals(sent[index] as Buffer), `${sizes[index]} bytes`);
});
