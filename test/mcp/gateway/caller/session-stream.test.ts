import * as assert from 'uvu/assert';
import { readEventId } from '#mcp/gateway/caller/session-stream.js';
import type { McpAnswer } from '../../../harness/mcp-caller.js';
import { GatewayHost } from '../../../harness/mcp-gateway.js';
import { suite } from '../../../harness/test.js';

const test = suite('mcp gateway streams');
const log = (data: unknown): string =>
  `{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":${JSON.stringify(data)}}}`;
const done = '{"jsonrpc":"2.0","id":$ID,"result":{"content":[{"type":"text","text":"done"}]}}';

/** A session whose call has said `first` and goes on when it is told. */
async function beginCall(host: GatewayHost) {
  await host.scripted('one', ['--tools', 'first,second']);
  const session = await host.session();
  const answer = await session.begin('tools/call', { name: 'say', arguments: { lines: [log('first')] } });
  await answer.find(({ params }) => params?.['data'] === 'first');
  return { session, answer };
}

function dataOf(answer: McpAnswer): unknown[] {
  return answer.messages.map(({ json }) => json.params?.['data'] ?? json.result);
}

test('A5: ids of events are unique in the session and tell the stream', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one');
  const session = await host.session();
  const ids = new Set<string>();
  for (let i = 0; i < 3; i++) {
    const answer = await (await session.begin('tools/call', { name: 'say', arguments: { lines: [log(i), done] } })).ended();
    const own = [...answer.primers, ...answer.messages.map(({ eventId }) => eventId ?? '')];
    assert.is(new Set(own.map((id) => id.split('-')[0])).size, 1, 'one stream');
    for (const id of own) assert.not.ok(ids.has(id), `${id}: ${answer.body}`);
    for (const id of own) ids.add(id);
  }
  assert.is(ids.size, 9);
});

test('A5: a broken connection does not end the call; what follows is replayed once, live up to the answer', async () => {
  await using host = await GatewayHost.start();
  const { session, answer } = await beginCall(host);
  const lastId = answer.messages.at(-1)?.eventId;
  answer.cut();
  await answer.ended();
  const upstreamId = host.gateway.inspect().upstreams[0]?.requestsInFlight;
  assert.is(upstreamId, 1, 'the call is still under way');
  // The other call makes the upstream speak for the first one, whose id at the upstream is one less.
  const other = await session.begin('tools/call', { name: 'raw', arguments: {} });
  const raw = JSON.stringify((await other.response()).json.result);
  const id = Number(/\\"id\\":(\d+)/.exec(raw)?.[1]) - 1;
  const resumed = await session.listen(lastId);
  assert.is(resumed.status, 200);
  const more = [`{"jsonrpc":"2.0","id":${id},"result":{"content":[]}}`, done];
  await session.callTool('say', { lines: more });
  await resumed.ended();
  assert.equal(dataOf(resumed), [{ content: [] }]);
  const again = await (await session.listen(lastId)).ended();
  assert.equal(dataOf(again), [{ content: [] }], 'and once more for a caller that lost that, too');
});

test('A5: an answer that nobody was there for waits in the session', async () => {
  await using host = await GatewayHost.start();
  const { session, answer } = await beginCall(host);
  const primer = answer.primers[0];
  answer.cut();
  await answer.ended();
  const other = await session.begin('tools/call', { name: 'raw', arguments: {} });
  const id = Number(/\\"id\\":(\d+)/.exec(JSON.stringify((await other.response()).json.result))?.[1]) - 1;
  await session.callTool('say', { lines: [`{"jsonrpc":"2.0","id":${id},"result":{"content":[]}}`, done] });
  const resumed = await (await session.listen(primer)).ended();
  assert.equal(dataOf(resumed), ['first', { content: [] }]);
});

test('A5: an event that is unknown, of another session or forgotten is 400', async () => {
  await using host = await GatewayHost.start({ limits: { mcpStoredEvents: 2 } });
  await host.scripted('one');
  const session = await host.session();
  const other = await host.session();
  const answer = await (
    await session.begin('tools/call', { name: 'say', arguments: { lines: [1, 2, 3, 4].map(log).concat(done) } })
  ).ended();
  for (const id of ['x', '99-1', '0-7', '-1', '1-', answer.primers[0] ?? ''])
    assert.is((await session.listen(id)).status, 400, `event ${id}`);
  assert.is((await other.listen(answer.messages.at(-2)?.eventId)).status, 400);
  const near = await (await session.listen(answer.messages.at(-2)?.eventId)).ended();
  assert.is(near.messages.length, 1);
});

test('A5: a message goes to one stream: that of its call, and not to the general one', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one');
  const session = await host.session();
  const general = await session.listen();
  const answer = await (await session.begin('tools/call', { name: 'say', arguments: { lines: [log('mine'), done] } })).ended();
  assert.is(dataOf(answer).filter((entry) => entry === 'mine').length, 1);
  await host.scripted('two', ['--bare']);
  await general.find(({ method }) => method === 'notifications/tools/list_changed');
  assert.not.ok(dataOf(general).includes('mine'));
  general.cut();
});

test('A5: the general stream can be taken up where it broke', async () => {
  await using host = await GatewayHost.start({ limits: { mcpCoalesceMs: 1 } });
  const session = await host.session();
  const general = await session.listen();
  await host.scripted('one', ['--bare']);
  const first = await general.find(({ method }) => method === 'notifications/tools/list_changed');
  await general.find(({ method }) => method === 'notifications/resources/list_changed');
  general.cut();
  await general.ended();
  const resumed = await session.listen(first.eventId);
  await resumed.find(({ method }) => method === 'notifications/resources/list_changed');
  assert.not.ok(resumed.messages.some(({ eventId }) => eventId === first.eventId));
  resumed.cut();
});

test('S4, part D: a reader that does not read is cut, and can come back', async () => {
  await using host = await GatewayHost.start({ limits: { mcpStreamBacklogBytes: 200_000, mcpStoredBytes: 64 * 1024 * 1024 } });
  await host.scripted('one');
  const session = await host.session();
  const lines = Array.from({ length: 300 }, (_, i) => log(`${i} ${'x'.repeat(50_000)}`));
  const answer = await session.begin('tools/call', { name: 'say', arguments: { lines: [...lines, done] } });
  answer.pause();
  while (host.gateway.inspect().sessions[0]?.calls !== 0) await new Promise((resolve) => setTimeout(resolve, 20));
  const resumed = await (await session.listen(answer.primers[0] ?? '1-0')).ended().catch(() => null);
  assert.ok(resumed);
  answer.cut();
});

test('A5: an event id names session, stream and place, and nothing else is one', () => {
  assert.equal(readEventId('tag.3-17', 'tag'), { stream: 3, seq: 17 });
  for (const text of ['', '3-17', 'other.3-17', 'tag.3', 'tag.3-', 'tag.-1', 'tag.a-1', 'tag.3-1-1', 'tag.3-1 ', `tag.${'9'.repeat(16)}-1`])
    assert.is(readEventId(text, 'tag'), null, text);
});

test('A5: the id of an event of one session is none in another, with the same stream and place', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one');
  const say = async () => {
    const session = await host.session();
    const answer = await session.begin('tools/call', { name: 'say', arguments: { lines: [log('x'), done] } });
    return { session, id: (await (await answer.ended()).response()).eventId };
  };
  const [first, second] = [await say(), await say()];
  assert.is((await second.session.listen(first.id)).status, 400);
  assert.is((await first.session.listen(first.id)).status, 200);
});

test('A5: one message larger than what a reader may leave unread reaches a reader that reads, live and after a break', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one');
  const session = await host.session();
  const large = 'x'.repeat(6 * 1024 * 1024);
  const result = `{"jsonrpc":"2.0","id":$ID,"result":{"content":[{"type":"text","text":"${large}"}]}}`;
  const answer = await session.begin('tools/call', { name: 'say', arguments: { lines: [log('first'), result] } });
  assert.is((await answer.response()).text.length > large.length, true);
  const first = await answer.find(({ params }) => params?.['data'] === 'first');
  const resumed = await session.listen(first.eventId);
  assert.is((await resumed.response()).text.length > large.length, true);
});

test('A5: what waited, in many messages, reaches a reader that comes back in one go', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one');
  const session = await host.session();
  const lines = Array.from({ length: 70 }, (_, i) => log(`${i} ${'x'.repeat(100_000)}`));
  const answer = await session.begin('tools/call', { name: 'say', arguments: { lines: [...lines, done] } });
  answer.cut();
  while (host.gateway.inspect().sessions[0]?.calls !== 0) await new Promise((resolve) => setTimeout(resolve, 20));
  const tag = answer.primers[0];
  if (tag === undefined) return; // the break was faster than the first event
  const resumed = await (await session.listen(tag)).ended();
  assert.is(resumed.messages.length, 71);
});
