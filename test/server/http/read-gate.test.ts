import type { Socket } from 'node:net';
import * as assert from 'uvu/assert';
import { InterimFilter } from '#server/http/interim-filter.js';
import { ReadGate } from '#server/http/read-gate.js';
import { TcpHost } from '../../harness/tcp-pair.js';
import { suite } from '../../harness/test.js';

const test = suite('read gate');

/** A socket behind a gate, read as the HTTP library reads it. */
async function withGate(
  body: (gate: ReadGate, server: Socket, heard: () => string, filter: InterimFilter) => Promise<void>,
): Promise<void> {
  await using host = await TcpHost.start();
  const { client, server } = await host.pair(host.url);
  const filter = new InterimFilter(1_000);
  const gate = new ReadGate(client, filter);
  let text = '';
  client.on('readable', () => {
    for (let piece = client.read() as Buffer | null; piece !== null; piece = client.read() as Buffer | null) text += piece.toString();
  });
  await body(gate, server, () => text, filter);
}

const turn = (): Promise<void> => new Promise(setImmediate);

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

test('an open gate lets everything through', () =>
  withGate(async (_gate, server, heard) => {
    server.write('abc');
    await until(() => heard() === 'abc');
  }));

test('while it is shut nothing is read and the other side is held back; what came meanwhile comes then', () =>
  withGate(async (gate, server, heard) => {
    gate.shut();
    server.write('x'.repeat(20_000_000));
    for (let wait = 0; wait < 50; wait++) await turn();
    assert.is(heard(), '');
    assert.ok(server.writableLength > 0);
    gate.open();
    gate.open();
    assert.is(heard(), '', 'not within the call');
    await until(() => heard().length === 20_000_000);
  }));

test('a gate that is shut again before its turn stays shut', () =>
  withGate(async (gate, server, heard) => {
    gate.shut();
    server.write('abc');
    for (let wait = 0; wait < 20; wait++) await turn();
    gate.open();
    gate.shut();
    for (let wait = 0; wait < 20; wait++) await turn();
    assert.is(heard(), '');
    gate.open();
    await until(() => heard() === 'abc');
  }));

test('an end is found behind a gate that was shut', () =>
  withGate(async (gate, server, heard) => {
    gate.shut();
    server.end('abc');
    for (let wait = 0; wait < 20; wait++) await turn();
    gate.open();
    await until(() => heard() === 'abc');
    assert.is(gate.failure, null);
  }));

test('what is filtered out does not come through, and what follows it does', () =>
  withGate(async (_gate, server, heard, filter) => {
    filter.restart();
    server.write('HTTP/1.1 100 Continue\r\n\r\n');
    for (let wait = 0; wait < 20; wait++) await turn();
    server.write('HTTP/1.1 200 OK');
    await until(() => heard() === 'HTTP/1.1 200 OK');
  }));

test('what breaks the connection is kept', () =>
  withGate(async (gate, server) => {
    server.resetAndDestroy();
    await until(() => gate.failure !== null);
    assert.is((gate.failure as NodeJS.ErrnoException).code, 'ECONNRESET');
    gate.shut();
    gate.open();
    await turn();
  }));
