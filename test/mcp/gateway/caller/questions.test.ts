import { limits as defaults, type Limits } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { Questions } from '#mcp/gateway/caller/questions.js';
import type { Outcome } from '#mcp/gateway/upstream/peer.js';
import { readMessage, type ResponseMessage } from '#mcp/gateway/wire/message.js';
import { suite } from '../../../harness/test.js';

const test = suite('questions to callers');

function begin(limits: Partial<Limits> = {}) {
  const said: string[] = [];
  const questions = new Questions({ ...defaults, ...limits });
  const ask = (signals: readonly AbortSignal[] = [], deliver?: (onDropped: (() => void) | null) => void): Promise<Outcome> =>
    questions.ask({ method: 'roots/list', params: '{"n":1.0}', signals }, (text, onDropped) => {
      said.push(text);
      deliver?.(onDropped);
    });
  const answer = (text: string): boolean => questions.answered(readMessage(`{"jsonrpc":"2.0",${text}}`) as ResponseMessage);
  const idOf = (at: number): string => /"id":("[^"]+")/.exec(said[at] ?? '')?.[1] ?? '';
  return { questions, said, ask, answer, idOf };
}
const codeOf = async (outcome: Promise<Outcome>): Promise<number> =>
  (JSON.parse(((await outcome) as { error: string }).error) as { code: number }).code;

test('A7.5: answers come back verbatim, each to its question, and once', async () => {
  const { questions, said, ask, answer, idOf } = begin();
  const [first, second] = [ask(), ask()];
  assert.is(questions.length, 2);
  assert.match(said[0] ?? '', /"method":"roots\/list","params":\{"n":1\.0\}/);
  assert.is.not(idOf(0), idOf(1));
  assert.ok(answer(`"id":${idOf(1)},"error":{"code":-1,"data":1e400}`));
  assert.ok(answer(`"id":${idOf(0).replace('e', String.raw`\u0065`)},"result":{"n":9007199254740993}`), 'another spelling of the id');
  assert.equal(await first, { result: '{"n":9007199254740993}' });
  assert.equal(await second, { error: '{"code":-1,"data":1e400}' });
  assert.not.ok(answer(`"id":${idOf(0)},"result":{}`));
  assert.not.ok(answer('"id":1,"result":{}'));
});

test('A7.5: a question that is not wanted any more is taken back at the caller, by whoever takes it back', async () => {
  const { said, ask, idOf } = begin();
  const [upstream, call] = [new AbortController(), new AbortController()];
  const outcome = ask([upstream.signal, call.signal]);
  call.abort();
  assert.is(await codeOf(outcome), -32800);
  upstream.abort();
  assert.is(said.length, 2);
  assert.match(said[1] ?? '', new RegExp(`notifications/cancelled.*"requestId":${idOf(0)}`));
  assert.is(await codeOf(ask([AbortSignal.abort()])), -32800);
  assert.is(said.length, 2, 'nothing is said of what nobody wants');
});

test('A7.5: no answer in time, a message that cannot be delivered and the end of the session are errors', async () => {
  const { questions, said, ask } = begin({ mcpCallerRequestMs: 20 });
  assert.is(await codeOf(ask()), -32001);
  assert.match(said[1] ?? '', /notifications\/cancelled/);
  assert.is(await codeOf(ask([], (onDropped) => onDropped?.())), -32000);
  const last = ask();
  questions.close('over');
  assert.is(await codeOf(last), -32000);
  assert.is(questions.length, 0);
});

test('part D: a caller has so many questions to answer and no more', async () => {
  const { questions, said, ask } = begin({ mcpCallerRequests: 2 });
  const waiting = [ask(), ask()];
  assert.is(await codeOf(ask()), -32000);
  assert.is(said.length, 2);
  questions.close('over');
  await Promise.all(waiting);
});
