import { McpProtocolError } from '@exec-server/mcp';
import * as assert from 'uvu/assert';
import { renewSession } from '#mcp/renew-session.js';
import { failure } from '../harness/failure.js';
import { startMcpOrigin } from '../harness/mcp-origin.js';
import { suite } from '../harness/test.js';

const test = suite('renew-session');

const subject = { server: 'docs', environment: 'build' };
const nobody = { message: () => undefined, error: () => undefined };
const handshake = {
  initialize: {
    jsonrpc: '2.0',
    id: 0,
    method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
  },
  initialized: { jsonrpc: '2.0', method: 'notifications/initialized' },
  version: '2025-11-25',
} as const;

test('a session is opened as the first one was, unseen by the client', async () => {
  await using origin = await startMcpOrigin();
  const heard: unknown[] = [];
  const session = await renewSession({ url: origin.url, fetch }, subject, handshake, {
    ...nobody,
    message: (message) => heard.push(message),
  });
  assert.ok(session.id !== undefined && origin.sessions.has(session.id));
  assert.equal(heard, []);
  await session.close(true);
  assert.is(origin.sessions.size, 0);
});

test('a server that has become another is not taken for the first; the new session is ended', async () => {
  await using origin = await startMcpOrigin();
  const other = { ...handshake, version: '2024-11-05' };
  const error = await failure(renewSession({ url: origin.url, fetch }, subject, other, nobody), McpProtocolError);
  assert.match(error.message, /protocol version 2025-11-25 in place of 2024-11-05/);
  assert.is(origin.sessions.size, 0);
});

test('a server that refuses is told as it refuses', async () => {
  await using origin = await startMcpOrigin({ rejects: () => new Response('down', { status: 503 }) });
  assert.match((await failure(renewSession({ url: origin.url, fetch }, subject, handshake, nobody), Error)).message, /down/);
});
