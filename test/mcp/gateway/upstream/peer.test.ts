import { limits as defaults, type Limits } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { type Call, readCapabilities } from '#mcp/gateway/call.js';
import { silentLog } from '#mcp/gateway/gateway-log.js';
import type { Link, SendOptions } from '#mcp/gateway/upstream/link.js';
import { type Outcome, Peer } from '#mcp/gateway/upstream/peer.js';
import { type CallMessage, readMessage } from '#mcp/gateway/wire/message.js';
import { suite } from '../../../harness/test.js';

const test = suite('the conversation with an upstream');

const ownerKey = (owner: Call | null): string => owner?.caller.key ?? 'nobody';

/** A line that keeps what is sent, and a peer on it. */
function begin(limits: Partial<Limits> = {}) {
  const sent: { message: CallMessage; text: string; options: SendOptions }[] = [];
  const answers: string[] = [];
  const heard: string[] = [];
  const link: Link = {
    pid: null,
    stderrTail: '',
    isAttributing: false,
    open: () => Promise.resolve(),
    established: () => undefined,
    sendCall: (message, text, options = {}) => Promise.resolve(void sent.push({ message, text, options })),
    sendResponse: (text) => Promise.resolve(void answers.push(text)),
    close: () => Promise.resolve(),
  };
  const peer = new Peer({
    link,
    name: 'one',
    limits: { ...defaults, ...limits },
    log: silentLog,
    listener: {
      request: ({ id, method }, owner) => heard.push(`request ${id} ${method} for ${ownerKey(owner)}`),
      notification: ({ method }, owner) => heard.push(`${method} for ${ownerKey(owner)}`),
      renew: () => Promise.resolve(),
      closed: ({ message }) => heard.push(message),
    },
  });
  const say = (text: string, origin: number | null = null): void => {
    const message = readMessage(`{"jsonrpc":"2.0",${text}}`);
    if (message.kind !== 'fault') peer.message(message, origin);
  };
  return { peer, sent, answers, heard, say };
}
function callOf(key: string): Call & { readonly told: string[] } {
  const told: string[] = [];
  const caller = { key, sessionId: key, era: 'legacy', capabilities: readCapabilities('{}'), logLevel: null, lasting: null } as const;
  return {
    caller,
    told,
    signal: new AbortController().signal,
    isHeard: true,
    notify: (text) => told.push(text),
    ask: () => Promise.resolve({ result: '{}' }),
    lacksCapability: () => undefined,
  };
}
const request = { method: 'tools/call', params: '{"n":1.0}', timeoutMs: 10_000 };
const codeOf = (outcome: Outcome): unknown => (JSON.parse('error' in outcome ? outcome.error : '{}') as { code?: number }).code;

test('A7.1: every request has a small number of its own, and its answer is the one with that number', async () => {
  const { peer, sent, say } = begin();
  const outcomes = [peer.request(request), peer.request(request), peer.request(request)];
  assert.equal(
    sent.map(({ message }) => message.id),
    ['1', '2', '3'],
  );
  say('"id":3,"result":{"at":3.0}');
  for (const id of ['"1"', '1.5', '01', '-1', '4', '9007199254740993', '[1]', 'null']) say(`"id":${id},"result":{"wrong":true}`);
  say('"id":1,"error":{"code":-5,"message":"own","data":9007199254740993}');
  say('"id":1,"result":{"again":true}');
  say('"id":2,"result":{"n":9007199254740993},"error":null');
  assert.equal(await Promise.all(outcomes), [
    { error: '{"code":-5,"message":"own","data":9007199254740993}' },
    { result: '{"n":9007199254740993}' },
    { result: '{"at":3.0}' },
  ]);
});

test('A7.3: a message with a method answers nothing, whatever its id', async () => {
  const { peer, heard, say } = begin();
  const outcome = peer.request(request);
  say('"id":1,"method":"ping"');
  say('"id":1,"method":"sampling/createMessage","result":{"wrong":true},"params":{}');
  say('"method":"x/y"');
  say('"id":1,"result":{"right":true}');
  assert.equal(await outcome, { result: '{"right":true}' });
  assert.equal(heard, ['request 1 ping for nobody', 'request 1 sampling/createMessage for nobody', 'x/y for nobody']);
});

test('A7.4: a progress token is ours on the way there and as it was on the way back; what is late goes nowhere', async () => {
  const { peer, sent, say } = begin();
  const calls = [callOf('a'), callOf('b'), callOf('c')];
  const tokens = ['9007199254740993', '"9007199254740993"', null];
  const outcomes = calls.map((owner, at) =>
    peer.request({ ...request, params: '{"_meta":{"progressToken":"theirs","other":1.0}}', owner, progressToken: tokens[at] ?? null }),
  );
  const ours = sent.map(({ text }) => /"progressToken":("[^"]*")/.exec(text)?.[1] ?? '');
  assert.is(new Set(ours).size, 3);
  assert.ok(sent.every(({ text }) => text.includes('"other":1.0')));
  const progress = (token: string): void => say(`"method":"notifications/progress","params":{"progressToken":${token},"progress":1.0}`);
  for (const token of [...ours, '1', '"theirs"', 'null']) progress(token);
  say('"id":1,"result":{}');
  progress(ours[0] ?? '');
  assert.equal(
    calls.map(({ told }) => told.map((text) => /"progressToken":[^,]+/.exec(text)?.[0])),
    [['"progressToken":9007199254740993'], ['"progressToken":"9007199254740993"'], []],
  );
  peer.fail(new Error('over'));
  await Promise.all(outcomes);
});

test('A7.5: a message belongs to the call on whose stream it came, or whose progress token it names', async () => {
  const { peer, sent, heard, say } = begin();
  const outcomes = [callOf('a'), callOf('b')].map((owner) => peer.request({ ...request, owner, progressToken: '1' }));
  const token = /"progressToken":("[^"]*")/.exec(sent[1]?.text ?? '')?.[1] ?? '';
  say('"id":7,"method":"roots/list"', 1);
  say(`"id":8,"method":"roots/list","params":{"_meta":{"progressToken":${token}}}`);
  say(`"method":"x/y","params":{"_meta":{"progressToken":${token}}}`);
  say('"id":9,"method":"roots/list","params":{"_meta":{"progressToken":1}}');
  say(`"id":10,"method":"roots/list","params":{"progressToken":${token}}`);
  assert.equal(heard, [
    'request 7 roots/list for a',
    'request 8 roots/list for b',
    'x/y for b',
    'request 9 roots/list for nobody',
    'request 10 roots/list for nobody',
  ]);
  peer.fail(new Error('over'));
  await Promise.all(outcomes);
});

test('A7.4: what is cancelled or late is told to the upstream with its own id; a handshake is not', async () => {
  const { peer, sent } = begin();
  const wish = new AbortController();
  const [cancelled, late, handshake] = [
    peer.request({ ...request, signal: wish.signal }),
    peer.request({ ...request, what: 'tool x', timeoutMs: 10 }),
    peer.request({ ...request, timeoutMs: 10, isHandshake: true }),
  ];
  wish.abort(new Error('bored "of it"'));
  assert.is(codeOf(await cancelled), -32800);
  const outcome = await late;
  assert.is(codeOf(outcome), -32001);
  assert.match('error' in outcome ? outcome.error : '', /timeout: tool x of upstream one/);
  assert.is(codeOf(await handshake), -32001);
  const told = sent.filter(({ message }) => message.method === 'notifications/cancelled').map(({ message }) => message.params);
  assert.is(told.length, 2);
  assert.is(told[0], String.raw`{"requestId":1,"reason":"bored \"of it\""}`);
  assert.match(told[1] ?? '', /"requestId":2/);
  assert.is(codeOf(await peer.request({ ...request, signal: AbortSignal.abort() })), -32800);
});

test('A4.7, part D: the end of an upstream fails all at once; before that there is room for so many requests', async () => {
  const { peer, heard } = begin({ mcpCallsPerUpstream: 2 });
  const waiting = [peer.request(request), peer.request(request)];
  assert.match(JSON.stringify(await peer.request({ ...request, owner: callOf('late') })), /busy/);
  let isOver = false;
  peer.over.addEventListener('abort', () => (isOver = true));
  peer.closed(new Error('upstream one exited with code 5'));
  peer.closed(new Error('again'));
  for (const outcome of await Promise.all([...waiting, peer.request(request)]))
    assert.match(JSON.stringify(outcome), /upstream one exited/);
  assert.ok(isOver);
  assert.is(peer.requestsInFlight, 0);
  assert.is(heard[0], 'upstream one exited with code 5');
});

test('A7.3: an answer to the upstream has its id, as it came', () => {
  const { peer, answers } = begin();
  peer.respond('9007199254740993', { result: '{"n":1.0}' });
  peer.respond('"\\u0061"', { error: '{"code":-1}' });
  assert.equal(answers, [
    '{"jsonrpc":"2.0","id":9007199254740993,"result":{"n":1.0}}',
    '{"jsonrpc":"2.0","id":"\\u0061","error":{"code":-1}}',
  ]);
});
