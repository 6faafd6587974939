import * as assert from 'uvu/assert';
import { readMessage } from '#mcp/messages.js';
import { suite } from '../harness/test.js';

const test = suite('messages');

test('a line of JSON-RPC is a message, with all its members', () => {
  for (const message of [
    { jsonrpc: '2.0', id: 1, method: 'ping' },
    { jsonrpc: '2.0', method: 'notifications/x', params: { deep: { er: [1] }, _meta: { a: 1 } } },
    { jsonrpc: '2.0', id: 'a', result: { more: 'than known' } },
    { jsonrpc: '2.0', id: 1, error: { code: -32000, message: 'no', data: { why: 'because' } } },
  ])
    assert.equal(readMessage(JSON.stringify(message)), message);
});

test('anything else is none', () => {
  for (const text of [
    '',
    'hello',
    '{',
    '[]',
    'null',
    '5',
    '{}',
    '{"jsonrpc":"1.0","id":1,"method":"x"}',
    '{"jsonrpc":"2.0","id":null,"method":"x"}',
  ])
    assert.is(readMessage(text), null, text);
});
