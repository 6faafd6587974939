import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { errorText, idKey, readMessage, writeError, writeNotification, writeRequest, writeResult } from '#mcp/gateway/wire/message.js';
import { suite } from '../../../harness/test.js';

const test = suite('mcp messages');
const kindOfText = (text: string): string => readMessage(text).kind;

test('A7.3: a message with a method is a request or a notification, one without is a response', () => {
  assert.is(kindOfText('{"jsonrpc":"2.0","id":1,"method":"x"}'), 'request');
  assert.is(kindOfText('{"jsonrpc":"2.0","id":1,"method":"x","result":{}}'), 'request');
  assert.is(kindOfText('{"jsonrpc":"2.0","method":"x"}'), 'notification');
  assert.is(kindOfText('{"jsonrpc":"2.0","id":1,"result":{}}'), 'response');
  assert.is(kindOfText('{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"x"}}'), 'response');
  assert.is(kindOfText('{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":"x"}}'), 'response');
  assert.is(kindOfText('{"jsonrpc":"2.0","id":1,"result":1,"error":{}}'), 'fault');
  assert.is(kindOfText('{"jsonrpc":"2.0","id":1,"error":"x"}'), 'fault');
});

test('A7.1: ids, params and results keep their spelling through reading and writing', () => {
  const token = fc.oneof(
    fc.bigInt().map(String),
    fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
  );
  fc.assert(
    fc.property(token, fc.jsonValue(), (id, value) => {
      const params = JSON.stringify({ value });
      const request = readMessage(writeRequest(id, 'm', params));
      assert.equal(request, { kind: 'request', id, method: 'm', params });
      const answer = readMessage(writeResult(id, params));
      assert.equal(answer, { kind: 'response', id, result: params, error: null });
      const error = errorText(-1, 'a "b"', params);
      assert.equal(readMessage(writeError(id, error)), { kind: 'response', id, result: null, error });
      assert.equal(readMessage(writeNotification('m', null)), { kind: 'notification', id: null, method: 'm', params: null });
    }),
  );
});

test('A7.1: `1` and `"1"` are two ids; two spellings of a string are one', () => {
  assert.not.equal(idKey('1'), idKey('"1"'));
  assert.is(idKey('"\\u0061"'), idKey('"a"'));
  assert.not.equal(idKey('9007199254740993'), idKey('9007199254740992'));
});

test('a fault tells the id when there is one', () => {
  assert.equal(readMessage('{"jsonrpc":"2.0","id":"x","method":1}'), {
    kind: 'fault',
    code: -32600,
    message: '`method` must be a string',
    id: '"x"',
    isAnswer: false,
  });
});

const isAnswer = (members: string): unknown => {
  const message = readMessage(`{"jsonrpc":"2.0",${members}}`);
  return message.kind === 'fault' && message.isAnswer;
};

test('A7.3: a fault tells whether it was meant as an answer: there is an id, a result or an error, and no method', () => {
  for (const members of ['"id":1,"result":{},"error":{}', '"id":"1","error":"no"']) assert.is(isAnswer(members), true, members);
  for (const members of [
    '"id":1,"level":"info"',
    '"error":"no"',
    '"id":null,"result":1',
    '"id":1,"method":1,"result":1',
    '"jsonrpc":"1.0","id":1,"error":"no"',
  ])
    assert.is(isAnswer(members), false, members);
});

const read = (members: string) => readMessage(`{"jsonrpc":"2.0","id":1,${members}}`);

test('A7.3: a null beside the member that counts is no fault; two that count are', () => {
  assert.equal(read('"result":{"n":1.0},"error":null'), { kind: 'response', id: '1', result: '{"n":1.0}', error: null });
  assert.equal(read('"result":null,"error":{"code":-1}'), { kind: 'response', id: '1', result: null, error: '{"code":-1}' });
  assert.equal(read('"result":null'), { kind: 'response', id: '1', result: 'null', error: null });
  for (const members of ['"result":{},"error":{}', '"result":1,"error":2', '"error":null', '"error":"no"', '"other":1'])
    assert.is(read(members).kind, 'fault', members);
});
