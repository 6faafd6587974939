import * as assert from 'uvu/assert';
import { readMessage } from '#protocol/envelope.js';
import { RpcError } from '#protocol/errors.js';
import { methods } from '#protocol/methods/index.js';
import type { MethodEntry } from '#protocol/methods/method.js';
import { checkParams } from '#protocol/params-check.js';
import { suite } from '../harness/test.js';

const test = suite('params-check');

type Name = keyof typeof methods;

/** Params as they arrive: through the reader of messages. */
function arrive(text: string): unknown {
  const message = readMessage(`{"method":"m","params":${text}}`);
  assert.is(message.kind, 'notification', text);
  return (message as { params?: unknown }).params;
}

function faultOf(method: Name, params: unknown): string {
  try {
    checkParams(methods[method] as MethodEntry, params);
    return 'no fault';
  } catch (error) {
    assert.instance(error, RpcError);
    assert.is((error as RpcError).code, -32602);
    assert.is((error as RpcError).reason, 'invalidParams');
    return (error as RpcError).message;
  }
}

const start = { processId: 'p', argv: ['ls'], cwd: 'file:///tmp', env: {}, tty: false };
const policy = { inherit: 'all', ignoreDefaultExcludes: true, exclude: [], set: {}, includeOnly: [] };
const without = (object: object, name: string): object => Object.fromEntries(Object.entries(object).filter(([key]) => key !== name));

/** Good params of every method that has required members. */
const complete = {
  initialize: { clientName: '' },
  'process/start': start,
  'process/run': start,
  'process/read': { processId: '' },
  'process/write': { processId: 'p', chunk: '', writeId: '1' },
  'process/closeStdin': { processId: 'p', writeId: '1' },
  'process/grant': { processId: 'p', bytes: 1 },
  'process/resize': { processId: 'p', rows: 1, cols: 65_535 },
  'process/signal': { processId: 'p', signal: 'interrupt' },
  'process/terminate': { processId: 'p' },
  'environmentConfig/read': { cwd: 'file:///tmp', configPaths: [['a', 'b']], requirementsPaths: [] },
  'capabilityRoots/discoverV1': { roots: [] },
  'fs/readFile': { path: 'file:///f' },
  'fs/writeFile': { path: 'file:///f', dataBase64: '' },
  'fs/createDirectory': { path: 'file:///f' },
  'fs/getMetadata': { path: 'file:///f' },
  'fs/canonicalize': { path: 'file:///f' },
  'fs/readDirectory': { path: 'file:///f' },
  'fs/walk': { path: 'file:///f', options: { maxDepth: 1, maxDirectories: 1, maxEntries: 1, followDirectorySymlinks: false } },
  'fs/remove': { path: 'file:///f' },
  'fs/copy': { sourcePath: 'file:///f', destinationPath: 'file:///g', recursive: false },
  'fs/rename': { from: 'file:///f', to: 'file:///g' },
  'fs/open': { handleId: '', path: 'file:///f' },
  'fs/readBlock': { handleId: '', offset: 0, len: 1 },
  'fs/writeBlock': { handleId: '', offset: 0, chunk: '' },
  'fs/close': { handleId: '' },
  'fs/watchMissing': { watchId: 0, missing: [] },
  'fs/watch': { watchId: '', path: 'file:///f' },
  'fs/unwatch': { watchId: '' },
  'http/request': { method: 'GET', url: 'http://x/', requestId: '' },
  'http/requestBody': { requestId: '', seq: 1, chunk: '', done: true },
  'http/cancel': { requestId: '' },
  'http/grant': { requestId: '', bytes: 1 },
} as const;
const bare = ['environment/info', 'environment/status', 'session/close', 'server/status', 'process/list'] as const;

test('every method of the table is covered here', () => {
  assert.equal([...Object.keys(complete), ...bare].toSorted(), Object.keys(methods).toSorted());
});

/** Members that take any text, or check it later. */
const anyText = /^(?:processId|writeId|clientName|handleId|watchId|requestId|method|url|dataBase64)$/;

for (const [method, params] of Object.entries(complete) as [keyof typeof complete, object][]) {
  test(`${method} takes its params, also with members nobody knows`, () => {
    assert.is(faultOf(method, params), 'no fault');
    assert.is(faultOf(method, { ...params, unheardOf: { x: [1.5] } }), 'no fault');
  });

  test(`${method} names the member that is missing`, () => {
    for (const member of Object.keys(params)) {
      assert.is(faultOf(method, without(params, member)), `missing field \`${member}\``);
    }
  });

  test(`${method} names the member that is null or of another type`, () => {
    for (const member of Object.keys(params)) {
      for (const wrong of [null, [[]], { x: 1 }, 0.5, true, 'x'.repeat(5001)]) {
        const expected = typeof (params as Record<string, unknown>)[member];
        if (typeof wrong === expected && (expected === 'boolean' || anyText.test(member))) continue;
        if (Array.isArray(wrong) && /^(?:config|requirements)Paths$/.test(member)) continue; // a path without keys has words of its own
        const fault = faultOf(method, { ...params, [member]: wrong });
        assert.match(fault, `\`${member}`, `${member}: ${fault}`);
        assert.ok(fault.length < 300, fault);
      }
    }
  });

  test(`${method} refuses params that are no object`, () => {
    const { paramsName } = methods[method];
    assert.is(faultOf(method, null), `invalid type: null, expected struct ${paramsName}`);
    assert.is(faultOf(method, 7), `invalid type: number, expected struct ${paramsName}`);
    assert.is(faultOf(method, []), `invalid type: sequence, expected struct ${paramsName}`);
  });
}

for (const method of bare) {
  test(`${method} takes null and an empty object`, () => {
    for (const params of [null, {}]) assert.is(faultOf(method, params), 'no fault');
    for (const params of [7, 'x', [], true]) assert.match(faultOf(method, params), /^invalid type: /);
  });
}

for (const method of bare.filter((name) => name !== 'process/list')) {
  test(`${method} refuses any member`, () => assert.is(faultOf(method, { x: 1 }), 'invalid type: map, expected unit'));
}

const faults: readonly (readonly [method: Name, params: object, message: string])[] = [
  ['initialize', { clientName: 5 }, 'invalid type: number, expected a string (`clientName`)'],
  ['initialize', { clientName: '', resumeSessionId: 5 }, 'invalid type: number, expected a string (`resumeSessionId`)'],
  ['process/start', { ...start, argv: 'ls' }, 'invalid type: string "ls", expected a sequence (`argv`)'],
  ['process/start', { ...start, argv: ['ls', 5] }, 'invalid type: number, expected a string (`argv[1]`)'],
  ['process/start', { ...start, cwd: '/tmp' }, 'invalid URI: relative URL without a base (`cwd`)'],
  ['process/start', { ...start, cwd: 'http://x/' }, 'unsupported path URI scheme `http` (`cwd`)'],
  ['process/start', { ...start, env: [] }, 'invalid type: sequence, expected a map (`env`)'],
  ['process/start', { ...start, env: { A: 1 } }, 'invalid type: number, expected a string (`env.A`)'],
  ['process/start', { ...start, env: { A: null } }, 'invalid type: null, expected a string (`env.A`)'],
  ['process/start', { ...start, pipeStdin: null }, 'invalid type: null, expected a boolean (`pipeStdin`)'],
  ['process/start', { ...start, envPolicy: {} }, 'missing field `inherit` (`envPolicy.inherit`)'],
  ['process/start', { ...start, size: { rows: 0, cols: 1 } }, 'invalid number 0, expected at least 1 (`size.rows`)'],
  ['process/resize', { processId: 'p', rows: 1, cols: 65_536 }, 'invalid number 65536, expected at most 65535 (`cols`)'],
  ['process/resize', { processId: 'p', rows: 1.5, cols: 1 }, 'invalid number, expected an integer (`rows`)'],
  ['process/write', { processId: 'p', writeId: '1', chunk: '!' }, 'Invalid symbol 33, offset 0. (`chunk`)'],
  ['process/write', { processId: 'p', writeId: '1', chunk: 'AA' }, 'Invalid padding (`chunk`)'],
  ['process/write', { processId: 'p', writeId: '1', chunk: 'AR==' }, 'Invalid last symbol 82, offset 1. (`chunk`)'],
  ['process/grant', { processId: 'p', bytes: -1 }, 'invalid number -1, expected u64 (`bytes`)'],
  [
    'process/signal',
    { processId: 'p', signal: 'SIGKILL' },
    'unknown variant `SIGKILL`, expected one of `interrupt`, `hangup`, `terminate`, `kill`, `quit`, `user1`, `user2`, `stop`, `continue` (`signal`)',
  ],
  [
    'process/signal',
    { processId: 'p', signal: 'interrupt', target: 'all' },
    'unknown variant `all`, expected `group` or `foreground` (`target`)',
  ],
  ['process/terminate', { processId: 'p', graceMs: 2 ** 31 }, 'invalid number 2147483648, expected at most 2147483647 (`graceMs`)'],
  ['process/read', { processId: 'p', afterSeq: -1 }, 'invalid number -1, expected u64 (`afterSeq`)'],
];

for (const [method, params, message] of faults) test(`${method} answers "${message}"`, () => assert.is(faultOf(method, params), message));

test('a start names the choices of its environment policy', () => {
  assert.match(
    faultOf('process/start', { ...start, envPolicy: { ...policy, inherit: 'some' } }),
    /^unknown variant `some`, expected .*`core`.*`all`.*`none`/,
  );
  for (const member of Object.keys(policy)) {
    assert.match(faultOf('process/start', { ...start, envPolicy: without(policy, member) }), `missing field \`${member}\``);
  }
});

test('a thread id has to be a UUID', () => {
  assert.match(faultOf('process/start', { ...start, metadata: { threadId: 'x' } }), '`metadata.threadId`');
  assert.is(
    faultOf('process/start', { ...start, metadata: { threadId: '01a1fc49-0000-7000-8000-000000000001', toolCallId: null } }),
    'no fault',
  );
});

test('an unsigned number is a whole one of 64 bits, in no other form', () => {
  for (const good of ['0', '5', '9007199254740993', '18446744073709551615', 'null']) {
    assert.is(faultOf('process/read', arrive(`{"processId":"p","waitMs":${good}}`)), 'no fault', good);
  }
  for (const bad of ['-1', '1.0', '1e2', '0.5', '-0.0', '18446744073709551616', '1e400', '"5"', 'true', '[]']) {
    assert.match(faultOf('process/read', arrive(`{"processId":"p","waitMs":${bad}}`)), '`waitMs`', bad);
  }
});

test('optional members take null and have their defaults', () => {
  const nulls = Object.fromEntries(['arg0', 'envPolicy', 'size', 'metadata', 'sandbox', 'networkProxy'].map((name) => [name, null]));
  const checked = checkParams(methods['process/start'], { ...start, ...nulls });
  assert.is(checked.pipeStdin, false);
  assert.is(checked.enforceManagedNetwork, false);
  assert.is(checked.envPolicy, null);
});

test('handlers get bytes decoded and paths parsed', () => {
  assert.equal([...checkParams(methods['process/write'], { processId: 'p', writeId: '1', chunk: 'aGk=' }).chunk], [104, 105]);
  assert.is(checkParams(methods['process/start'], { ...start, cwd: 'file:/a/../b' }).cwd.href, 'file:///b');
});

test('a variable may have any name, those of the language included', () => {
  const text = '{"__proto__":"a","constructor":"b","":"c","a=b":"d","toString":"e"}';
  const params = arrive(
    `{"processId":"p","argv":["x"],"cwd":"file:///","tty":false,"env":${text},"envPolicy":{"inherit":"none","ignoreDefaultExcludes":true,"exclude":[],"includeOnly":[],"set":${text}}}`,
  );
  const { env, envPolicy } = checkParams(methods['process/start'], params);
  const expected = [
    ['__proto__', 'a'],
    ['constructor', 'b'],
    ['', 'c'],
    ['a=b', 'd'],
    ['toString', 'e'],
  ];
  assert.equal([...env], expected);
  assert.equal([...(envPolicy?.set ?? [])], expected);
  assert.is(
    faultOf('process/start', arrive('{"processId":"p","argv":[],"cwd":"file:///","tty":false,"env":{"__proto__":5}}')),
    'invalid type: number, expected a string (`env.__proto__`)',
  );
});
