import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import {
  type Message,
  nameType,
  readMessage,
  readTrustedMessage,
  type RequestId,
  writeBase64Request,
  writeError,
  writeId,
  writeNotification,
  writeRequest,
  writeResult,
} from '#protocol/envelope.js';
import { holds } from '../harness/property.js';
import { suite } from '../harness/test.js';

const test = suite('envelope');

function reasonOf(text: string): string {
  const message = readMessage(text);
  return message.kind === 'malformed' ? message.reason : `no fault: ${message.kind}`;
}

const kindOf = (text: string): string => readMessage(text).kind;

function idOf(text: string): RequestId {
  return (readMessage(text) as Extract<Message, { kind: 'request' }>).id;
}

const paramsOf = (text: string): unknown => (readMessage(`{"method":"m","params":${text}}`) as { params?: unknown }).params;

const same = (message: unknown, expected: unknown): void => assert.is(JSON.stringify(message), JSON.stringify(expected));

test('what has a method is a request with an id and a notification without', () => {
  assert.equal(readMessage('{"id":1,"method":"m","params":{"a":[1]}}'), { kind: 'request', id: 1, method: 'm', params: { a: [1] } });
  assert.equal(readMessage('{"method":"m","params":7}'), { kind: 'notification', method: 'm', params: 7 });
  assert.is(kindOf('{"method":"m","id":1,"result":5,"error":{"code":1,"message":"x"}}'), 'request', 'whatever else it has');
});

test('params that are missing are null', () => {
  assert.equal(readMessage('{"id":"","method":""}'), { kind: 'request', id: '', method: '', params: null });
  assert.equal(readMessage('{"method":"m"}'), { kind: 'notification', method: 'm', params: null });
});

test('what has no method is a result, or else an error', () => {
  assert.equal(readMessage('{"id":1,"result":null}'), { kind: 'result', id: 1, result: null });
  assert.equal(readMessage('{"id":1,"result":1,"error":{"code":1,"message":"x"}}'), { kind: 'result', id: 1, result: 1 });
  const error = { code: -32600, message: 'no', data: { reason: 'x' } };
  assert.equal(readMessage(JSON.stringify({ error, id: 'a' })), { kind: 'error', id: 'a', error });
});

test('`jsonrpc` is ignored whatever it says, and so are members nobody knows', () => {
  for (const member of ['"2.0"', '1', 'null', '{"x":1e400}', '[]']) {
    assert.is(kindOf(`{"jsonrpc":${member},"extra":1.5,"id":1,"method":"m"}`), 'request', member);
  }
});

test('white space around a message is fine', () => assert.is(kindOf(' \r\n\t{"method":"m"}\n '), 'notification'));

const malformed: readonly (readonly [what: string, text: string, reason?: string])[] = [
  ['nothing', ''],
  ['white space', '   '],
  ['no JSON', 'hello'],
  ['half a message', '{"id":1,"method":'],
  ['two messages in one', '{"method":"m"}{"method":"m"}'],
  ['a byte order mark', '\uFEFF{"method":"m"}'],
  ['single quotes', "{'method':'m'}"],
  ['a number with a leading zero', '{"method":"m","params":01}'],
  ['a half number', '{"method":"m","params":1.}'],
  ['a batch', '[{"id":1,"method":"m"}]', 'expected a JSON-RPC object'],
  ['a number', '5', 'expected a JSON-RPC object'],
  ['a string', '"x"', 'expected a JSON-RPC object'],
  ['null', 'null', 'expected a JSON-RPC object'],
  ['true', 'true', 'expected a JSON-RPC object'],
  ['an empty object', '{}', 'missing field `error`'],
  ['an id alone', '{"id":1}', 'missing field `error`'],
  ['a result without id', '{"result":1}', 'missing field `id`'],
  ['an error without id', '{"error":{"code":1,"message":"x"}}', 'missing field `id`'],
  ['an error that is no object', '{"id":1,"error":5}'],
  ['an error without code', '{"id":1,"error":{"message":"x"}}'],
  ['an error without message', '{"id":1,"error":{"code":1}}'],
  ['a method that is a number', '{"id":1,"method":5}'],
  ['a method that is null', '{"method":null}'],
  ['a member twice', '{"id":1,"method":"m","id":2}', 'duplicate JSON object key `id` at offset 21'],
  ['a member twice far inside of what nobody reads', '{"method":"m","x":[{"y":{"z":1,"z":1}}]}'],
  ['128 levels', `{"method":"m","params":${'['.repeat(127)}${']'.repeat(127)}}`],
  ['too many values', `{"method":"m","params":[${'0,'.repeat(262_142)}0]}`],
  ['half a surrogate pair', '{"method":"m","params":"\\ud83d"}', 'lone surrogate in a string'],
  ['the other half', '{"method":"m","params":["\\uDE00 x"]}', 'lone surrogate in a string'],
  ['the halves the wrong way round', '{"method":"\\uDE00\\ud83d"}', 'lone surrogate in a string'],
  ['half a surrogate pair in a name', '{"method":"m","params":{"\\ud83d":1}}', 'lone surrogate in a string'],
];

for (const [what, text, reason] of malformed) {
  test(`S4: ${what} is malformed, not an exception`, () => {
    assert.is(kindOf(text), 'malformed', reasonOf(text));
    if (reason !== undefined) assert.is(reasonOf(text), reason);
  });
}

test('what is just within the limits is read', () => {
  assert.is(kindOf(`{"method":"m","params":${'['.repeat(126)}${']'.repeat(126)}}`), 'notification');
  assert.is(kindOf(`{"method":"m","params":[${'0,'.repeat(262_140)}0]}`), 'notification');
  assert.equal((readMessage('{"method":"m","params":"\\ud83d\\ude00"}') as { params?: unknown }).params, '😀');
  assert.equal((readMessage('{"method":"m","params":"\\\\ud83d"}') as { params?: unknown }).params, '\\ud83d', 'no escape at all');
});

test('any 64-bit integer comes back digit for digit as an id', () => {
  holds(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (id) => {
    for (const text of [`{"id":${id},"method":"m"}`, `{"method":"m","params":{"id":1.5},"id" : ${id} }`, `{"\\u0069d":${id},"result":1}`]) {
      const read = idOf(text);
      assert.is(writeId(read), String(id));
      assert.is(writeResult(read, 1), `{"id":${id},"result":1}`);
    }
  });
});

test('any string comes back as the same id', () => {
  holds(fc.string({ unit: 'grapheme' }), (id) => {
    const read = idOf(JSON.stringify({ id, method: 'm' }));
    assert.is(read, id);
    assert.equal(JSON.parse(writeResult(read, null)), { id, result: null });
  });
});

test('-0 as an id comes back as 0', () => assert.is(writeId(idOf('{"id":-0,"method":"m"}')), '0'));

for (const id of ['1.0', '1e2', '1.5', '-1E0', 'null', 'true', '[]', '[1]', '{}', '9223372036854775808', '-9223372036854775809', '1e400']) {
  test(`${id} is no id`, () => {
    for (const rest of ['"method":"m"', '"result":1', '"error":{"code":1,"message":"x"}']) {
      assert.is(reasonOf(`{"id":${id},${rest}}`), '`id` is neither a string nor a 64-bit integer');
    }
  });
}

test('numbers in a form the protocol does not know cannot be taken for whole ones', () => {
  assert.equal(paramsOf('[1.0,1e2,18446744073709551616,5,-7,18446744073709551615]'), [0.5, 0.5, 0.5, 5, -7, 2 ** 64]);
  assert.equal(paramsOf('["1.0",{"1e2":1}]'), ['1.0', { '1e2': 1 }], 'strings are left alone');
});

const traces = {
  none: 'null',
  empty: '{}',
  full: '{"traceparent":"00-ab","tracestate":"x=1"}',
  nulls: '{"traceparent":null}',
  odd: '{"x":1}',
};
for (const [name, trace] of Object.entries(traces)) {
  test(`a trace context is no fault (${name})`, () => assert.is(kindOf(`{"id":1,"method":"m","trace":${trace}}`), 'request'));
}

test('a trace of a wrong type is a fault of a request and ignored on a notification', () => {
  for (const trace of ['5', '"x"', '[]', 'true', '{"traceparent":5}', '{"tracestate":[]}']) {
    assert.is(kindOf(`{"id":1,"method":"m","trace":${trace}}`), 'malformed', trace);
    assert.is(kindOf(`{"method":"m","trace":${trace}}`), 'notification', trace);
  }
});

test('S4: no text makes the reader throw', () => {
  const parts = [
    '{',
    '}',
    '[',
    ']',
    '"id"',
    ':',
    ',',
    '1',
    '-',
    '1.5',
    '1e9',
    '"method"',
    '"m"',
    '"params"',
    '"\\ud800"',
    'null',
    '9'.repeat(30),
    ' ',
  ];
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 100 }),
    fc.array(fc.constantFrom(...parts), { maxLength: 30 }).map((pieces) => pieces.join('')),
    fc.jsonValue().map((value) => JSON.stringify(value)),
  );
  holds(text, (value) => void [readMessage(value), readTrustedMessage(value)], 2000);
});

test('what is written is read as what it was', () => {
  holds(fc.tuple(fc.string({ unit: 'grapheme' }), fc.jsonValue({ noUnicodeString: false, stringUnit: 'grapheme' })), ([method, value]) => {
    const params: unknown = JSON.parse(JSON.stringify(value), (_, member: unknown) =>
      typeof member === 'number' ? Math.trunc(member) % 1e9 : member,
    );
    same(readMessage(writeRequest(7, method, params)), { kind: 'request', id: 7, method, params });
    same(readMessage(writeNotification(method, params)), { kind: 'notification', method, params });
    same(readMessage(writeResult('x', params)), { kind: 'result', id: 'x', result: params });
    same(readTrustedMessage(writeResult('x', params)), { kind: 'result', id: 'x', result: params });
  });
});

test('members are written in the order of the base, and never `jsonrpc`', () => {
  assert.is(writeRequest(1, 'm', undefined), '{"id":1,"method":"m","params":null}');
  assert.is(writeNotification('m', {}), '{"method":"m","params":{}}');
  assert.is(writeResult('a"b', {}), '{"id":"a\\"b","result":{}}');
  assert.is(writeError(-1, { code: -32600, message: 'no' }), '{"error":{"code":-32600,"message":"no"},"id":-1}');
});

test('a trusted peer is read without the checks, but its faults are still faults', () => {
  assert.is(readTrustedMessage('{"id":5,"result":{"x":1,"x":2}}').kind, 'result');
  for (const text of ['', '[]', '{}', '{"id":1.5,"result":1}', '{"id":1,"error":{}}'])
    assert.is(readTrustedMessage(text).kind, 'malformed', text);
});

test('types are named as in the messages of the base', () => {
  const named = [null, undefined, [], {}, 1, 'x', true].map(nameType);
  assert.equal(named, ['null', 'null', 'sequence', 'map', 'number', 'string', 'boolean']);
});

test('a request with much base64 is the same message, as bytes', () => {
  holds(fc.tuple(fc.string({ unit: 'binary' }), fc.uint8Array()), ([text, bytes]) => {
    const params = { first: text, chunk: Buffer.from(bytes).toString('base64'), last: [text, '""}}'] };
    const written = JSON.parse(Buffer.from(writeBase64Request(7, 'a/b', params, 'chunk')).toString('latin1')) as unknown;
    assert.equal(written, { id: 7, method: 'a/b', params: JSON.parse(JSON.stringify(params)) as unknown });
  });
});

test('a long answer is read like any other, wherever its base64 stands and whatever looks like it', () => {
  const long = 'QUJD'.repeat(50_000);
  const answers = [
    { id: 1, result: { chunk: long, eof: false } },
    { result: { eof: true, dataBase64: long }, id: 'x' },
    { id: 1, result: { bodyBase64: long, status: 200, headers: [{ name: 'chunk', value: '"chunk":"x' }] } },
    {
      id: 1,
      result: {
        chunks: [
          { seq: 1, chunk: long },
          { seq: 2, chunk: long },
        ],
      },
    },
    { id: 1, result: { chunk: '', other: long } },
    { id: 1, result: { other: `"chunk":"${long}`, chunk: 'QQ==' } },
    { id: 1, result: { other: '"chunk":"', chunk: long } },
    { id: 1, result: [long] },
    { id: 1, result: long },
    { id: 1, error: { code: -1, message: long } },
    { method: 'process/output', params: { seq: 1, chunk: long } },
  ];
  for (const answer of answers) {
    const plain = JSON.stringify(answer);
    for (const text of [plain, plain.replace(/QUJD/, String.raw`QUJ\u0044`), plain.replace('"id":1', '"id" : 1 ')]) {
      const message = readTrustedMessage(text);
      const expected = JSON.parse(text) as { result?: unknown; params?: unknown };
      if (message.kind === 'result') assert.equal(message.result, expected.result);
      else if (message.kind === 'notification') assert.equal(message.params, expected.params);
      else assert.is(message.kind, 'error');
    }
  }
  for (const text of [
    `{"id":1,"result":{"chunk":"${long}`,
    `{"id":1,"result":{"chunk":"${long}"`,
    `{"id":1,"result":{"chunk":"${long}"}`,
  ]) {
    assert.is(readTrustedMessage(text).kind, 'malformed');
  }
});

/** What a message with this text as `name` among its params is read as. */
function readWithLong(name: string, json: string, before = ''): unknown {
  const message = readMessage(`{"id":1,${before}"method":"m","params":{"a":1,"${name}":${json},"z":[2]}}`);
  return message.kind === 'request' ? message.params : message;
}

test('long base64 is read as what it is, wherever it stands', () => {
  const long = 'QUJD'.repeat(10_000);
  for (const name of ['chunk', 'dataBase64', 'stdinBase64', 'bodyBase64', 'other'])
    assert.equal(readWithLong(name, `"${long}"`), { a: 1, [name]: long, z: [2] });
  assert.equal(readWithLong('chunk', `{"chunk":"${long}"}`), { a: 1, chunk: { chunk: long }, z: [2] });
  assert.equal(readWithLong('chunk', `["${long}"]`), { a: 1, chunk: [long], z: [2] });
  assert.equal(readWithLong('chunk', `"${long}"`, `"trace":{},"x":{"chunk":"${long}"},`), { a: 1, chunk: long, z: [2] });
  const { params } = readMessage(`{"method":"m","params":{"chunk":"${long}","dataBase64":"${long}!"}}`) as { params?: unknown };
  assert.equal(params, { chunk: long, dataBase64: `${long}!` });
});

test('long text with escapes is read as what it means', () => {
  const long = 'QUJD'.repeat(10_000);
  assert.equal(readWithLong('chunk', `"${long}\\/\\u0041"`), { a: 1, chunk: `${long}/A`, z: [2] });
  assert.equal(readWithLong('chunk', `"\\"${long}"`), { a: 1, chunk: `"${long}`, z: [2] });
});

test('what is wrong around long base64 is still found', () => {
  const long = 'QUJD'.repeat(10_000);
  assert.match(reasonOf(`{"id":1,"method":"m","params":{"chunk":"${long}","chunk":"x"}}`), 'duplicate JSON object key `chunk`');
  for (const text of [`{"id":1,"method":"m","params":{"chunk":"${long}"}`, `{"id":1,"method":"m","params":{"chunk":"${long}",}}`])
    assert.not.match(reasonOf(text), 'no fault');
  assert.is(kindOf(`{"id":1.5,"method":"m","params":{"chunk":"${long}"}}`), 'malformed');
  assert.equal(readWithLong('chunk', `"${long}"`, '"n":1.5,'), { a: 1, chunk: long, z: [2] });
});
