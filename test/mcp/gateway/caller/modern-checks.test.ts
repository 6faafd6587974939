import * as assert from 'uvu/assert';
import { GatewayHost } from '../../../harness/mcp-gateway.js';
import { askModern, type Asking, metaPrefix, modernRevision, registerModern, resultOf } from '../../../harness/modern-caller.js';
import { suite } from '../../../harness/test.js';

const test = suite('mcp gateway checks of modern requests');

const faults: readonly (readonly [
  what: string,
  change: Asking & { readonly method?: string; readonly params?: Readonly<Record<string, unknown>> },
  status: number,
  code: number,
])[] = [
  ['(1) a missing modernRevision', { meta: { [`${metaPrefix}protocolVersion`]: undefined } }, 400, -32602],
  ['(1) a modernRevision that is no string', { meta: { [`${metaPrefix}protocolVersion`]: 7 } }, 400, -32602],
  ['(1) missing capabilities', { meta: { [`${metaPrefix}clientCapabilities`]: undefined } }, 400, -32602],
  ['(1) capabilities that are no object', { capabilities: [] }, 400, -32602],
  ['(2) another modernRevision in the header', { headers: { 'mcp-protocol-version': '2025-11-25' } }, 400, -32020],
  ['(2) no modernRevision in the header', { headers: { 'mcp-protocol-version': undefined } }, 400, -32020],
  [
    '(3) a modernRevision of the future',
    { meta: { [`${metaPrefix}protocolVersion`]: '2099-01-01' }, headers: { 'mcp-protocol-version': '2099-01-01' } },
    400,
    -32022,
  ],
  ['(4) another method in the header', { headers: { 'mcp-method': 'tools/list' } }, 400, -32020],
  ['(4) a method of another case', { headers: { 'mcp-method': 'Tools/call' } }, 400, -32020],
  ['(4) no method in the header', { headers: { 'mcp-method': undefined } }, 400, -32020],
  ['(4) another name in the header', { headers: { 'mcp-name': 'other' } }, 400, -32020],
  ['(4) no name in the header', { headers: { 'mcp-name': undefined } }, 400, -32020],
  ['(4) a name in broken base64', { headers: { 'mcp-name': '=?base64?!!?=' } }, 400, -32020],
  ['(4) a name in the header and none in the body', { params: {}, headers: { 'mcp-name': 'raw' } }, 400, -32020],
  ['(4) the header of another method before an unknown method', { method: 'no/such', headers: { 'mcp-method': 'ping' } }, 400, -32020],
  [
    '(2) another revision in the header before one that is not supported',
    { meta: { [`${metaPrefix}protocolVersion`]: '2099-01-01' } },
    400,
    -32020,
  ],
  [
    '(3) an old revision in body and header',
    { meta: { [`${metaPrefix}protocolVersion`]: '2025-11-25' }, headers: { 'mcp-protocol-version': '2025-11-25' } },
    400,
    -32022,
  ],
  ['(6) an unknown method', { method: 'no/such' }, 404, -32601],
  ['(6) initialize', { method: 'initialize' }, 404, -32601],
  ['(6) ping', { method: 'ping' }, 404, -32601],
  ['(6) logging/setLevel', { method: 'logging/setLevel' }, 404, -32601],
  ['(6) resources/subscribe', { method: 'resources/subscribe', params: { uri: 'x:y' } }, 404, -32601],
  ['(6) resources/unsubscribe', { method: 'resources/unsubscribe', params: { uri: 'x:y' } }, 404, -32601],
];

for (const [what, { method = 'tools/call', params = { name: 'raw' }, ...change }, status, code] of faults) {
  test(`A9: ${what} is ${status} with ${code} and the exact id`, async () => {
    await using host = await GatewayHost.start();
    const answer = await (await askModern(host.caller(), method, params, { id: '"9007199254740993"', ...change })).ended();
    assert.is(answer.status, status);
    assert.is(answer.messages[0]?.json.error?.code, code, answer.body);
    assert.ok(answer.body.includes('"id":"9007199254740993"'));
    if (code === -32022)
      assert.equal(answer.messages[0]?.json.error?.data, {
        supported: [modernRevision],
        requested: change.headers?.['mcp-protocol-version'],
      });
  });
}

test('A9: header values are trimmed and decoded before they are compared, and header names have no case', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one', ['--bare', '--tools', 'raw,tööl']);
  const caller = host.caller();
  const encoded = `=?base64?${Buffer.from('tööl').toString('base64')}?=`;
  assert.ok((await resultOf(askModern(caller, 'tools/call', { name: 'tööl' }, { headers: { 'mcp-name': encoded } }))).result);
  assert.ok(
    (await resultOf(askModern(caller, 'tools/call', { name: 'raw' }, { headers: { 'mcp-name': undefined, 'MCP-NAME': '  raw  ' } })))
      .result,
  );
});

test('A9 (5): arguments that travel as headers are there exactly when the argument is, and say the same', async () => {
  await using host = await GatewayHost.start();
  await registerModern(host);
  const caller = host.caller();
  const status = async (args: unknown, header: string | undefined) =>
    (
      await askModern(
        caller,
        'tools/call',
        { name: 'raw', arguments: args as Record<string, unknown> },
        { headers: { 'mcp-param-amount': header } },
      )
    ).status;
  assert.is(await status({ amount: 42 }, '42'), 200);
  assert.is(await status({ amount: 42 }, '042'), 200);
  assert.is(await status({}, undefined), 200);
  assert.is(await status({ amount: null }, undefined), 200);
  assert.is(await status({ amount: 42 }, '43'), 400);
  assert.is(await status({ amount: 42 }, undefined), 400);
  assert.is(await status({}, '42'), 400);
});

test('A9: legacy and modern requests may come in turn; a session header on a modern one is ignored', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one');
  const session = await host.session();
  assert.ok((await resultOf(askModern(session, 'tools/list'))).result);
  assert.ok((await session.request('tools/list')).result);
  assert.ok((await resultOf(askModern(host.caller(), 'tools/list', {}, { headers: { 'mcp-session-id': 'nobody' } }))).result);
  assert.is(
    (await host.caller().post({ jsonrpc: '2.0', method: 'notifications/x' }, { 'mcp-protocol-version': modernRevision })).status,
    202,
  );
});

test('A9: every error has the id byte by byte, whatever it is', async () => {
  await using host = await GatewayHost.start();
  for (const id of ['9007199254740993', '-0', '1e400', '""', '"\\u0041"'])
    for (const change of [
      { meta: { [`${metaPrefix}protocolVersion`]: 7 } },
      { headers: { 'mcp-method': 'x' } },
      { headers: { 'mcp-name': 'x' } },
    ]) {
      const answer = await (await askModern(host.caller(), 'tools/call', { name: 'none' }, { id, ...change })).ended();
      assert.ok(answer.body.includes(`"id":${id},`), answer.body);
      assert.is(answer.status, 400);
    }
});

test('A9 (5): whole numbers are compared by value however they are spelled, texts by every character', async () => {
  await using host = await GatewayHost.start();
  await registerModern(host);
  const status = async (args: string, header: string) => {
    const meta = `"_meta":{"${metaPrefix}protocolVersion":"${modernRevision}","${metaPrefix}clientCapabilities":{}}`;
    const text = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"raw","arguments":${args},${meta}}}`;
    const headers = { 'mcp-protocol-version': modernRevision, 'mcp-method': 'tools/call', 'mcp-name': 'raw', 'Mcp-Param-Amount': header };
    return (await (await host.caller().post(text, headers)).ended()).status;
  };
  assert.is(await status('{"amount":1e2}', '100'), 200);
  assert.is(await status('{"amount":9007199254740993}', '9007199254740993'), 200);
  assert.is(await status('{"amount":9007199254740993}', '9007199254740992'), 400);
  assert.is(await status('{"amount":42}', `=?base64?${Buffer.from('42').toString('base64')}?=`), 200);
  assert.is(await status('{"amount":"42"}', '=?base64?NDI?='), 400);
  assert.is(await status('{"amount":"42"}', '42'), 200);
  assert.is(await status('{"amount":"42"}', '42.0'), 400);
});
