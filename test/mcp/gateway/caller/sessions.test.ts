import { limits } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { readCapabilities } from '#mcp/gateway/call.js';
import { Sessions } from '#mcp/gateway/caller/sessions.js';
import { silentLog } from '#mcp/gateway/gateway-log.js';
import { GatewayHost } from '../../../harness/mcp-gateway.js';
import { suite } from '../../../harness/test.js';

const test = suite('mcp sessions');
const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } };
const initialize = { jsonrpc: '2.0', id: 9, method: 'initialize', params };

test('part D: beyond the limit of sessions initialize is 503; an idle session ends', async () => {
  await using host = await GatewayHost.start({ limits: { mcpSessions: 2, mcpSessionIdleMs: 100 } });
  const first = await host.session();
  const stream = await first.listen();
  await host.session();
  const answer = await (await host.caller().post(initialize)).ended();
  assert.is(answer.status, 503);
  assert.is(answer.messages[0]?.json.id, 9);
  while (host.gateway.inspect().sessions.length > 1) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal((await first.request('ping')).result, {}); // its stream keeps it
  stream.cut();
});

test('part D: a thousand sessions are held, and no more; one that ends makes room', async () => {
  await using host = await GatewayHost.start();
  const caller = host.caller();
  const open = async () => (await (await caller.post(initialize)).ended()).status;
  for (let i = 0; i < 20; i++) await Promise.all(Array.from({ length: 50 }, open));
  assert.is(host.gateway.inspect().sessions.length, 1_000);
  assert.is(await open(), 503);
  caller.sessionId = host.gateway.inspect().sessions[500]?.id ?? '';
  assert.is((await caller.send('DELETE', null)).status, 200);
  caller.sessionId = null;
  assert.is(await open(), 200);
});

test('A5: ids have at least 128 random bits, and idle sessions end after half an hour', () => {
  const sessions = new Sessions({ limits, log: silentLog, onEnded: () => undefined });
  const options = { principal: null, revision: '2025-11-25', capabilities: readCapabilities('{}'), clientInfo: '{}' };
  const ids = Array.from({ length: 100 }, () => sessions.open(options)?.sessionId ?? '');
  assert.is(new Set(ids).size, 100);
  assert.ok(ids.every((id) => Buffer.from(id, 'base64url').length >= 16));
  assert.is(limits.mcpSessionIdleMs, 30 * 60_000);
  assert.is(sessions.find(ids[0] ?? '', 'somebody'), null);
  sessions.close();
  assert.is(sessions.size, 0);
});

test('A5: a call keeps its session, however long nothing is heard', async () => {
  await using host = await GatewayHost.start({ limits: { mcpSessionIdleMs: 60 } });
  await host.scripted('one');
  const [busy, idle] = [await host.session(), await host.session()];
  const pending = await busy.begin('tools/call', {
    name: 'say',
    arguments: { lines: ['{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info"}}'] },
  });
  pending.cut();
  while (host.gateway.inspect().sessions.length > 1) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.is(host.gateway.inspect().sessions[0]?.id, busy.sessionId);
  assert.is((await idle.begin('ping')).status, 404);
});
