import * as assert from 'uvu/assert';
import { GatewayHost } from '../../../harness/mcp-gateway.js';
import { askModern } from '../../../harness/modern-caller.js';
import { suite } from '../../../harness/test.js';

const test = suite('mcp gateway answers without a session');
const done = '{"jsonrpc":"2.0","id":$ID,"result":{"content":[{"type":"text","text":"done"}]}}';
const progress = '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":$TOKEN,"progress":1}}';

test('A9: closing the stream cancels the call at the upstream', async () => {
  await using host = await GatewayHost.start({ limits: { mcpSilenceMs: 20 } });
  await host.scripted('one', ['--tools', 'heard']);
  const session = await host.session();
  const answer = await askModern(host.caller(), 'tools/call', { name: 'never' });
  answer.cut();
  while (!/notifications\/cancelled/.test(await session.toolText('heard'))) await new Promise((resolve) => setTimeout(resolve, 10));
});

test('A9: an answer is JSON when it is the first thing to say, an event stream otherwise, and each alone where only one is taken', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one');
  const caller = host.caller();
  const ask = async (accept: string, ...lines: string[]) => {
    const params = { name: 'say', arguments: { lines } };
    const answer = await (await askModern(caller, 'tools/call', params, { meta: { progressToken: 1 }, headers: { accept } })).ended();
    return [answer.headers['content-type'], answer.messages.length];
  };
  const both = 'application/json, text/event-stream';
  assert.equal(await ask(both, done), ['application/json', 1]);
  assert.equal(await ask(both, progress, done), ['text/event-stream', 2]);
  assert.equal(await ask('application/json', progress, done), ['application/json', 1]);
  assert.equal(await ask('text/event-stream', done), ['text/event-stream', 1]);
});

test('A9: silence opens an event stream, which comments keep alive', async () => {
  await using host = await GatewayHost.start({ limits: { mcpSilenceMs: 20, mcpKeepAliveMs: 20 } });
  await host.scripted('one');
  const answer = await askModern(host.caller(), 'tools/call', { name: 'never' });
  assert.is(answer.status, 200);
  assert.is(answer.headers['content-type'], 'text/event-stream');
  assert.is(answer.headers['cache-control'], 'no-cache, no-transform');
  assert.is(answer.headers['x-accel-buffering'], 'no');
  while (!/^:/m.test(answer.body)) await new Promise((resolve) => setTimeout(resolve, 10));
  answer.cut();
});
