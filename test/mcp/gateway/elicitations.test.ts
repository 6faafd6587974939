import * as assert from 'uvu/assert';
import { GatewayHost } from '../../harness/mcp-gateway.js';
import { suite } from '../../harness/test.js';

const test = suite('mcp gateway elicitations by URL');
const complete = (id: string): string =>
  `{"jsonrpc":"2.0","method":"notifications/elicitation/complete","params":{"elicitationId":"${id}","n":9007199254740993}}`;
const done = '{"jsonrpc":"2.0","id":$ID,"result":{"content":[{"type":"text","text":"done"}]}}';

test('A7.6: that an elicitation is complete reaches the session it was for, long after its call, and no other', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one');
  const [first, second] = [await host.session({ capabilities: { elicitation: { url: {} } } }), await host.session()];
  const asking = `{"jsonrpc":"2.0","id":"q","method":"elicitation/create","params":{"mode":"url","url":"http://x","elicitationId":"e1"}}`;
  const call = await first.begin('tools/call', { name: 'say', arguments: { lines: [asking, done] } });
  const question = await call.find(({ method }) => method === 'elicitation/create');
  await first.post({ jsonrpc: '2.0', id: question.json.id, result: { action: 'accept' } });
  await call.ended();
  const refused =
    '{"jsonrpc":"2.0","id":$ID,"error":{"code":-32042,"message":"log in","data":{"elicitations":[{"elicitationId":"e2"},7]}}}';
  assert.is((await second.callTool('say', { lines: [refused] })).error?.code, -32042);
  const streams = [await first.listen(), await second.listen()];
  await second.callTool('say', { lines: [done, complete('nobody'), complete('e1'), complete('e2')] });
  const ids: unknown[] = [];
  for (const stream of streams) {
    const { text } = await stream.find(({ method }) => method === 'notifications/elicitation/complete');
    assert.match(text, /"n":9007199254740993/);
    ids.push(...stream.messages.flatMap(({ json }) => json.params?.['elicitationId'] ?? []));
  }
  assert.equal(ids, ['e1', 'e2']);
  for (const stream of streams) stream.cut();
});
