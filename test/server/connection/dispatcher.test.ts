import { type RequestMessage, RpcError } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { Dispatcher, type Admit } from '#server/connection/dispatcher.js';
import type { MethodMap, Scope } from '#server/connection/method-map.js';
import { Answer, type Call } from '#server/handler.js';
import { type Logger, silentLogger } from '#server/telemetry/logger.js';
import { textOf } from '../../harness/json-text.js';
import { turns } from '../../harness/launching.js';
import { suite } from '../../harness/test.js';
import type { WireMessage } from '../../harness/wire-client.js';

const test = suite('dispatcher');

const call = {} as Call<Scope>; // the handlers here do not look at it
const letIn: Admit = () => undefined;
const letNobodyIn: Admit = () => assert.unreachable();

// oxlint-disable-next-line require-await -- what is thrown need not be an error
async function throwing(thrown: unknown): Promise<never> {
  throw thrown;
}

/** A dispatcher whose handlers are those given here. */
function createDispatcher(handlers: Partial<MethodMap>, logger: Logger = silentLogger) {
  const dispatcher = new Dispatcher(handlers as MethodMap, logger);
  const dispatch = async (method: string, params: unknown = null, { admit = letIn } = {}): Promise<WireMessage> => {
    const request: RequestMessage = { kind: 'request', id: 1, method, params };
    const { write } = await dispatcher.dispatch(request, { admit, call });
    return JSON.parse(textOf(write())) as WireMessage;
  };
  return { dispatcher, dispatch };
}

test('a result goes out under the id of its request, digit for digit', async () => {
  const { dispatcher } = createDispatcher({ 'environment/status': () => ({ status: 'ready' }) });
  for (const [id, written] of [
    [1, '1'],
    ['a"b', '"a\\"b"'],
    [9_223_372_036_854_775_807n, '9223372036854775807'],
    ['', '""'],
    [0, '0'],
    [-1, '-1'],
  ] as const) {
    const { write, isError } = await dispatcher.dispatch(
      { kind: 'request', id, method: 'environment/status', params: null },
      { admit: letIn, call },
    );
    assert.is(write(), `{"id":${written},"result":{"status":"ready"}}`);
    assert.is(isError, false);
  }
});

test('an unknown method is refused by name, before anything else', async () => {
  const { dispatch } = createDispatcher({});
  for (const method of ['no/such', 'ping', '', '__proto__', 'constructor', 'toString', 'process/START', 'initialized', 'process/output']) {
    const { error } = await dispatch(method, { any: 'params' }, { admit: letNobodyIn });
    assert.equal([error?.code, error?.message], [-32601, `exec-server stub does not implement \`${method}\` yet`]);
  }
  const { error } = await dispatch('x'.repeat(100_000));
  assert.ok((error?.message.length ?? 0) < 300, 'a long name is not sent back');
});

test('params are checked before the handshake, and the handshake before the handler', async () => {
  const order: string[] = [];
  const { dispatch } = createDispatcher({ 'process/terminate': () => (order.push('handler'), { running: true }) });
  const admit: Admit = (gate) => {
    order.push(`gate ${gate}`);
    throw new RpcError('handshakeRequired', 'not yet');
  };
  assert.is((await dispatch('process/terminate', {}, { admit })).error?.code, -32602);
  assert.equal(order, []);
  assert.is((await dispatch('process/terminate', { processId: 'p' }, { admit })).error?.message, 'not yet');
  assert.equal(order, ['gate exec']);
});

test('P9: handlers start in order of arrival, before the call returns', async () => {
  const order: unknown[] = [];
  const { dispatch } = createDispatcher({
    'process/terminate': ({ processId }) => (order.push(processId), turns(3).then(() => ({ running: true }))),
  });
  const answers = ['a', 'b', 'c'].map((processId) => dispatch('process/terminate', { processId }));
  assert.equal(order, ['a', 'b', 'c']);
  await Promise.all(answers);
});

test('an error of the protocol goes out with its code, its words, its name and its details', async () => {
  for (const isLate of [false, true]) {
    const { dispatch } = createDispatcher({
      'environment/status': async () => {
        if (isLate) await turns(1);
        throw new RpcError('limitExceeded', 'too many', { limit: 3 });
      },
    });
    const { error } = await dispatch('environment/status');
    assert.equal(error, { code: -32603, message: 'too many', data: { reason: 'limitExceeded', limit: 3 } });
  }
});

test('S3: any other error goes out as a number the log explains, and nothing else', async () => {
  const logged: string[] = [];
  const logger: Logger = { ...silentLogger, error: (fields) => void logged.push(JSON.stringify(fields)) };
  for (const thrown of [new Error('password is hunter2'), 'hunter2', null, undefined, { secret: 'hunter2' }]) {
    const { dispatch } = createDispatcher({ 'environment/status': () => throwing(thrown) }, logger);
    const { error } = await dispatch('environment/status');
    const errorId = (error?.data as { errorId?: string } | undefined)?.errorId ?? 'no id';
    assert.equal([error?.code, error?.message], [-32603, `internal error ${errorId}`]);
    assert.not.match(JSON.stringify(error), 'hunter2');
    assert.match(logged.at(-1) ?? '', errorId);
  }
});

test('an answer that writes itself is written when it is sent', async () => {
  let writes = 0;
  const { dispatcher } = createDispatcher({ 'environment/status': () => new Answer(() => `{"write":${++writes}}`) });
  const { write, isLong } = await dispatcher.dispatch(
    { kind: 'request', id: 7, method: 'environment/status', params: null },
    { admit: letIn, call },
  );
  assert.equal([writes, isLong], [0, true]);
  assert.is(write(), '{"id":7,"result":{"write":1}}');
});

test('a result beyond the limit of a message is refused, whatever its characters take', async () => {
  const sizes: readonly (readonly [text: string, isRefused: boolean])[] = [
    ['x'.repeat(67_108_864 - 20), false],
    ['x'.repeat(67_108_864), true],
    ['é'.repeat(33_554_432), true],
    ['é'.repeat(33_554_000), false],
  ];
  for (const [text, isRefused] of sizes) {
    const { dispatcher } = createDispatcher({ 'environment/status': () => new Answer(() => JSON.stringify(text)) });
    const { write } = await dispatcher.dispatch(
      { kind: 'request', id: 1, method: 'environment/status', params: null },
      { admit: letIn, call },
    );
    const written = textOf(write());
    assert.is(written.startsWith('{"error":'), isRefused);
    assert.ok(Buffer.byteLength(written) <= 67_108_864);
    if (isRefused) assert.match(written, '"resultTooLarge"');
  }
});
