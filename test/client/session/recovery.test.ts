import {
  CallTimeoutError,
  ConnectionRefusedError,
  DisconnectedError,
  OutcomeUnknownError,
  RpcError,
  SessionLostError,
} from '@exec-server/client';
import { limits } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { recover } from '#client/session/recovery.js';
import { failure } from '../../harness/failure.js';
import { suite } from '../../harness/test.js';

const test = suite('recovery');

/** Attempts that fail with these errors in turn and then succeed. */
function createAttempts(errors: readonly Error[]) {
  let count = 0;
  const attempt = async (): Promise<void> => {
    const error = errors[count++];
    if (error) throw error;
  };
  return { attempt, count: () => count };
}

const never = new AbortController().signal;

for (const [what, error] of [
  [
    'a session that still counts its old connection',
    new RpcError('sessionAttached', 'session ID is already attached to another connection'),
  ],
  ['the same, from the reference', new RpcError({ code: -32010, message: 'session ID is already attached to another connection' })],
  ['a server that is not there', Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })],
  ['a server that does not answer', new CallTimeoutError('connecting', 10_000)],
  ['a line that breaks again', new OutcomeUnknownError('initialize')],
  ['a gateway without its server', new ConnectionRefusedError(503, 'no upstream')],
] as const) {
  test(`${what} is asked again`, async () => {
    const attempts = createAttempts([error, error]);
    await recover({ windowMs: 45_000, attempt: attempts.attempt, signal: never });
    assert.is(attempts.count(), 3);
  });
}

for (const [what, error] of [
  ['a session the server does not know', new RpcError('unknownSession', 'unknown session id s')],
  ['credentials that are not taken any more', new ConnectionRefusedError(401, 'invalid websocket bearer token')],
] as const) {
  test(`P5: ${what} ends it at once, with the reason`, async () => {
    const attempts = createAttempts([error]);
    const lost = await failure(recover({ windowMs: 45_000, attempt: attempts.attempt, signal: never }), SessionLostError);
    assert.is(lost.cause, error);
    assert.match(lost.message, error.message);
    assert.is(attempts.count(), 1);
  });
}

test('P5: when the window is over it says so and why the last attempt failed', async () => {
  const cause = new DisconnectedError('still no line');
  const attempts = createAttempts(Array.from({ length: 100 }, () => cause));
  const lost = await failure(recover({ windowMs: 120, attempt: attempts.attempt, signal: never }), SessionLostError);
  assert.match(lost.message, 'within 120 ms');
  assert.match(lost.message, 'still no line');
  assert.is(lost.cause, cause);
  assert.ok(attempts.count() >= 2, 'it has tried more than once');
});

test('an abort ends a pause at once, with the reason of the signal', async () => {
  const controller = new AbortController();
  const reason = new DisconnectedError('the client is closed');
  const recovering = recover({
    windowMs: 45_000,
    attempt: async () => {
      setImmediate(() => controller.abort(reason)); // the pause has begun by then
      throw new Error('no');
    },
    signal: controller.signal,
  });
  assert.is(await failure(recovering, DisconnectedError), reason);
});

test('an abort during an attempt ends it with the reason, not with what the attempt failed with', async () => {
  const controller = new AbortController();
  const reason = new DisconnectedError('the client is closed');
  const recovering = recover({
    windowMs: 45_000,
    attempt: async () => {
      controller.abort(reason);
      throw new RpcError('unknownSession', 'unknown session id s');
    },
    signal: controller.signal,
  });
  assert.is(await failure(recovering, DisconnectedError), reason);
});

test('P3: the server keeps a session longer than the client seeks it', () => {
  assert.ok(limits.detachedSessionMs > limits.resumeWindowMs + limits.connectTimeoutMs + limits.initializeTimeoutMs);
});
