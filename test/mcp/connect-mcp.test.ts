import { connectMcp, type ConnectableClient, McpStartError, McpTimeoutError, type PlacedTransport } from '@exec-server/mcp';
import * as assert from 'uvu/assert';
import { failure } from '../harness/failure.js';
import { suite } from '../harness/test.js';

const test = suite('connect-mcp');

/** A transport that is only looked at, and how often it was closed. */
function createTransport(more: Partial<PlacedTransport> = {}) {
  const transport = {
    subject: { server: 'files', environment: 'build' },
    phase: 'handshake' as const,
    failure: null as Error | null,
    stderrTail: 'last words',
    closes: 0,
    awaitAnswers: () => undefined,
    close() {
      this.closes++;
      return Promise.resolve();
    },
    ...more,
  };
  return transport;
}

function throwAtOnce(): never {
  throw new TypeError('at once');
}

const clientOf = (connect: ConnectableClient<unknown>['connect']): ConnectableClient<unknown> => ({ connect });

test('M1: whatever goes wrong, the transport is closed before the error is thrown', async () => {
  const cases: readonly (readonly [client: ConnectableClient<unknown>, type: new (...args: never[]) => Error])[] = [
    [clientOf(() => Promise.reject(new TypeError('odd'))), McpStartError],
    [clientOf(throwAtOnce), McpStartError],
    [clientOf(() => new Promise(() => undefined)), McpTimeoutError],
  ];
  for (const [client, type] of cases) {
    const transport = createTransport();
    const error = await failure(connectMcp(client, transport, { timeoutMs: 20 }), type);
    assert.is(transport.closes, 1);
    assert.match(error.message, /MCP server "files" in environment "build".*last words/s);
  }
});

test('M1: a start that is given up, before or while, is over with the reason of the signal', async () => {
  const before = createTransport();
  const never = clientOf(() => new Promise(() => undefined));
  await failure(connectMcp(never, before, { signal: AbortSignal.abort(new RangeError('no')) }), RangeError);
  assert.is(before.closes, 1);
  const giveUp = new AbortController();
  const meanwhile = createTransport();
  const connecting = failure(connectMcp(never, meanwhile, { signal: giveUp.signal }), RangeError);
  giveUp.abort(new RangeError('no more'));
  await connecting;
  assert.is(meanwhile.closes, 1);
});

test('why the transport has ended says more than what the client makes of it', async () => {
  const reason = new RangeError('a line is too long');
  const transport = createTransport({ failure: reason });
  const error = await failure(
    connectMcp(
      clientOf(() => Promise.reject(new Error('Connection closed'))),
      transport,
    ),
    McpStartError,
  );
  assert.is(error.cause, reason);
  assert.match(error.message, /a line is too long/);
});

test('a client that is connected has a transport that is left alone', async () => {
  const transport = createTransport();
  let seen: unknown;
  await connectMcp(
    clientOf((given) => Promise.resolve(void (seen = given))),
    transport,
  );
  assert.is(seen, transport);
  assert.is(transport.closes, 0);
});
