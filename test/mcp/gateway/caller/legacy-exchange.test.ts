import * as assert from 'uvu/assert';
import { GatewayHost } from '../../../harness/mcp-gateway.js';
import { suite } from '../../../harness/test.js';

const test = suite('mcp gateway legacy answers');
const log = (data: number) => `{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":${data}}}`;

test('A5: an answer that is ready at once is JSON; a notification before it opens an event stream', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one');
  const session = await host.session();
  const quick = await (await session.begin('tools/call', { name: 'raw' })).ended();
  assert.match(String(quick.headers['content-type']), /^application\/json/);
  const lines = [
    '{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":1}}',
    '{"jsonrpc":"2.0","id":$ID,"result":{"content":[]}}',
  ];
  const stream = await (await session.begin('tools/call', { name: 'say', arguments: { lines } })).ended();
  assert.match(String(stream.headers['content-type']), /^text\/event-stream/);
  assert.is(stream.headers['x-accel-buffering'], 'no');
  assert.is(stream.headers['cache-control'], 'no-cache, no-transform');
  assert.equal(
    stream.messages.map(({ json }) => json.method ?? 'answer'),
    ['notifications/message', 'answer'],
  );
  assert.is(stream.primers.length, 1);
  assert.match(stream.body, /retry: \d+/);
});

test('A5: a caller that takes JSON only hears on the general stream what comes before the answer', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one');
  const session = await host.session();
  const lines = [
    '{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"early"}}',
    '{"jsonrpc":"2.0","id":$ID,"result":{"content":[]}}',
  ];
  const answer = await (await session.begin('tools/call', { name: 'say', arguments: { lines } }, { accept: 'application/json' })).ended();
  assert.match(String(answer.headers['content-type']), /^application\/json/);
  const general = await session.listen();
  assert.is((await general.find(({ method }) => method === 'notifications/message')).json.params?.['data'], 'early');
  general.cut();
});

test('A5: silence opens an event stream, and comments keep it alive', async () => {
  await using host = await GatewayHost.start({ limits: { mcpSilenceMs: 50, mcpKeepAliveMs: 30 } });
  await host.scripted('one');
  const session = await host.session();
  const answer = await session.begin('tools/call', { name: 'never' });
  assert.match(String(answer.headers['content-type']), /^text\/event-stream/);
  while (!/^:/m.test(answer.body)) await new Promise((resolve) => setTimeout(resolve, 10));
  answer.cut();
});

test('A5 GET: the head comes at once; Accept, session header and session are checked', async () => {
  await using host = await GatewayHost.start();
  const session = await host.session();
  assert.is((await session.send('GET', null, { accept: 'application/json' })).status, 406);
  assert.is((await session.send('GET', null, { accept: 'text/event-stream', 'mcp-session-id': undefined })).status, 400);
  const general = await session.listen();
  assert.is(general.status, 200);
  const second = await session.listen();
  await general.ended(); // the new one takes its place
  second.cut();
});

test('part D: calls beyond the limit of a session are busy', async () => {
  await using host = await GatewayHost.start({ limits: { mcpCallsPerSession: 2 } });
  await host.scripted('one');
  const session = await host.session();
  const never = [session.begin('tools/call', { name: 'never' }), session.begin('tools/call', { name: 'never' })];
  while (host.gateway.inspect().upstreams[0]?.requestsInFlight !== 2) await new Promise((resolve) => setTimeout(resolve, 5));
  const refused = await session.callTool('raw');
  assert.is(refused.error?.code, -32000);
  assert.match(refused.error?.message ?? '', /busy/);
  await session.send('DELETE', null);
  await Promise.all(never);
});

test('A5: an event without data comes first for callers of 2025-11-25 only: earlier ones take it for a broken message', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one');
  const lines = [log(1), '{"jsonrpc":"2.0","id":$ID,"result":{"content":[]}}'];
  for (const [revision, primers] of [
    ['2025-11-25', 1],
    ['2025-06-18', 0],
    ['2025-03-26', 0],
  ] as const) {
    const session = await host.session({ revision });
    const answer = await (await session.begin('tools/call', { name: 'say', arguments: { lines } })).ended();
    assert.is(answer.primers.length, primers, revision);
    assert.ok(answer.messages.every(({ eventId }) => eventId !== undefined));
  }
});

test('part D: 256 calls of a session are under way at once; the next is busy, a ping is not', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one');
  const session = await host.session();
  const never = Array.from({ length: 256 }, () => session.begin('tools/call', { name: 'never' }));
  while (host.gateway.inspect().sessions[0]?.calls !== 256) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.match((await session.callTool('raw')).error?.message ?? '', /busy/);
  assert.equal((await session.request('ping')).result, {});
  const other = await host.session();
  assert.match(await other.toolText('raw'), /raw/);
  await session.send('DELETE', null);
  await Promise.all(never);
});
