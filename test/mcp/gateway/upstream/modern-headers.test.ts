import * as assert from 'uvu/assert';
import { writeModernHeaders } from '#mcp/gateway/upstream/modern-headers.js';
import { suite } from '../../../harness/test.js';

const test = suite('headers of modern requests');
const definition = JSON.stringify({ inputSchema: { properties: { amount: { type: 'integer', 'x-mcp-header': 'Amount' } } } });
const write = (method: string, params: string) => writeModernHeaders(method, params, (tool) => (tool === 'pay' ? definition : undefined));
const basic = (method: string) => ({ 'mcp-protocol-version': '2026-07-28', 'mcp-method': method });

test('A9: every request says its revision and method, and some what they are about', () => {
  assert.equal(write('tools/list', '{}'), basic('tools/list'));
  assert.equal(write('prompts/get', '{"name":"p"}'), { ...basic('prompts/get'), 'mcp-name': 'p' });
  assert.equal(write('resources/read', '{"uri":"x:y","name":"no"}'), { ...basic('resources/read'), 'mcp-name': 'x:y' });
  assert.equal(write('resources/list', '{"name":"no"}'), basic('resources/list'));
  assert.equal(write('tools/call', '{"name":7}'), basic('tools/call'));
  assert.equal(write('tools/call', '{"name":"tööl"}'), { ...basic('tools/call'), 'mcp-name': '=?base64?dMO2w7Zs?=' });
});

const amountOf = (args: string) => write('tools/call', `{"name":"pay","arguments":${args}}`)['mcp-param-amount'];

test('A9: marked arguments travel as headers, exactly, and only when they are there', () => {
  assert.is(amountOf('{"amount":9007199254740993}'), '9007199254740993');
  assert.is(amountOf('{"amount":null}'), undefined);
  assert.is(amountOf('{}'), undefined);
  assert.is(amountOf('[]'), undefined);
});
