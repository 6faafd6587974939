import { limits } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { readCapabilities } from '#mcp/gateway/call.js';
import { Session } from '#mcp/gateway/caller/session.js';
import { GatewayHost } from '../../../harness/mcp-gateway.js';
import { suite } from '../../../harness/test.js';

const test = suite('mcp session');
const log = (data: unknown) =>
  `{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":${JSON.stringify(data)}}}`;

test('A5 GET: what nobody heard waits, bounded, and comes with the next stream', async () => {
  await using host = await GatewayHost.start({ limits: { mcpQueuedMessages: 3, mcpCoalesceMs: 1 } });
  await host.scripted('one');
  const session = await host.session();
  await session.request('logging/setLevel', { level: 'debug' });
  const lines = [...[1, 2, 3, 4, 5].map(log), '{"jsonrpc":"2.0","id":$ID,"result":{"content":[]}}'];
  await (await session.begin('tools/call', { name: 'say', arguments: { lines } }, { accept: 'application/json' })).ended();
  const general = await session.listen();
  await general.find(({ params }) => params?.['data'] === 5);
  assert.equal(
    general.messages.map(({ json }) => json.params?.['data']),
    [3, 4, 5],
  );
  general.cut();
  assert.is(host.gateway.samples().find(({ name }) => name === 'mcp_queue_drops_total')?.values[0]?.value, 2);
});

test('A5 DELETE: ends streams, calls and the session', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one', ['--tools', 'heard']);
  const session = await host.session();
  const other = await host.session();
  const general = await session.listen();
  const pending = session.begin('tools/call', { name: 'never' });
  while (host.gateway.inspect().upstreams[0]?.requestsInFlight !== 1) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.is((await session.send('DELETE', null, { 'mcp-session-id': undefined })).status, 400);
  assert.is((await session.send('DELETE', null)).status, 200);
  await general.ended();
  assert.is((await (await pending).response()).json.error?.code, -32800);
  assert.match(await other.toolText('heard'), /notifications\/cancelled/);
});

test('A5 GET: a second stream takes the place of the first, which is ended, and gets what follows', async () => {
  await using host = await GatewayHost.start({ limits: { mcpCoalesceMs: 1 } });
  const session = await host.session();
  const first = await session.listen();
  const second = await session.listen();
  await first.ended();
  await host.scripted('one', ['--bare']);
  await second.find(({ method }) => method === 'notifications/tools/list_changed');
  assert.equal(first.messages, []);
  second.cut();
});

test('A5 DELETE: nothing of a session can be used again, its events neither, and its own instance is closed', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('own', [], { isolation: 'session' });
  const session = await host.session();
  const lines = [log(1), '{"jsonrpc":"2.0","id":$ID,"result":{"content":[]}}'];
  const answer = await (await session.begin('tools/call', { name: 'say', arguments: { lines } })).ended();
  assert.is(host.server.inspect().liveProcesses, 2);
  assert.is((await session.send('DELETE', null)).status, 200);
  assert.is((await session.listen(answer.primers[0])).status, 404);
  while (host.server.inspect().liveProcesses > 1) await new Promise((resolve) => setTimeout(resolve, 10));
});

test('A5: a question that a session without stream cannot hear fails when the queue is full of newer ones', async () => {
  const session = new Session({
    id: 's',
    principal: null,
    revision: '2025-11-25',
    capabilities: readCapabilities('{}'),
    clientInfo: '{}',
    limits,
  });
  const first = session.ask('sampling/createMessage', '{}', new AbortController().signal);
  const others = Array.from({ length: 256 }, () => session.ask('sampling/createMessage', '{}', new AbortController().signal));
  assert.match(JSON.stringify(await first), /does not read its messages/);
  assert.is(session.queueDrops, 1);
  assert.is(session.inspect().queued, 256);
  session.close();
  for (const outcome of await Promise.all(others)) assert.match(JSON.stringify(outcome), /session has ended/);
});
