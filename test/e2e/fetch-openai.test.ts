import { createExecutorFetch } from '@exec-server/client';
import { startExecServer } from 'exec-server/testing';
import OpenAI, { APIConnectionError, APIUserAbortError, RateLimitError, toFile } from 'openai';
import * as assert from 'uvu/assert';
import { suite } from '../harness/test.js';
import { byPath, readBody, startOrigin } from '../harness/web-origin.js';

const test = suite('fetch, given to the OpenAI client');

/** An API that answers in the manner of the real one, whole or word by word; `words` without end until it is hung up. */
async function startApi() {
  const requests: { readonly authorization: string | undefined; readonly body: string }[] = [];
  const origin = await startOrigin(
    byPath({
      '/v1/chat/completions': (request, response) => {
        void readBody(request).then((bytes) => {
          const body = bytes.toString();
          requests.push({ authorization: request.headers.authorization, body });
          const { stream, messages } = JSON.parse(body) as { stream?: boolean; messages: { content: string }[] };
          const words = (messages[0]?.content ?? '').split(' ');
          if (words[0] === 'limit') {
            response.writeHead(429, { 'content-type': 'application/json' });
            return response.end(JSON.stringify({ error: { message: 'slow down' } }));
          }
          if (!stream) {
            response.setHeader('content-type', 'application/json');
            return response.end(JSON.stringify({ choices: [{ index: 0, message: { role: 'assistant', content: words.join(' ') } }] }));
          }
          response.writeHead(200, { 'content-type': 'text/event-stream' });
          const say = (content: string): void =>
            void response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`);
          for (const word of words) say(word);
          return words[0] === 'endless' ? undefined : response.end('data: [DONE]\n\n');
        });
      },
      '/v1/files': (request, response) => {
        void readBody(request).then((bytes) => {
          requests.push({ authorization: request.headers.authorization, body: bytes.toString() });
          response.setHeader('content-type', 'application/json');
          response.end(JSON.stringify({ id: 'file-1', bytes: bytes.length }));
        });
      },
    }),
  );
  return Object.assign(origin, { requests });
}

const ask = (content: string) => ({ model: 'any', messages: [{ role: 'user' as const, content }] });

test('an answer, a stream of words, a refusal and an upload are those of the API', async () => {
  await using host = await startExecServer();
  await using api = await startApi();
  const openai = new OpenAI({ apiKey: 'key', baseURL: `${api.url}/v1`, fetch: createExecutorFetch(host.client), maxRetries: 0 });
  const { choices } = await openai.chat.completions.create(ask('one two'));
  assert.is(choices[0]?.message.content, 'one two');
  assert.is(api.requests[0]?.authorization, 'Bearer key');
  const words: (string | null | undefined)[] = [];
  for await (const { choices: parts } of await openai.chat.completions.create({ ...ask('a b c'), stream: true })) {
    words.push(parts[0]?.delta.content);
  }
  assert.equal(words, ['a', 'b', 'c']);
  const refused = await openai.chat.completions.create(ask('limit')).then(
    () => null,
    (error: unknown) => error,
  );
  assert.instance(refused, RateLimitError);
  const file = await toFile(Buffer.from('{"a":1}\n'), 'lines.jsonl');
  assert.is((await openai.files.create({ file, purpose: 'batch' })).id, 'file-1');
  assert.match(api.requests.at(-1)?.body ?? '', /filename="lines\.jsonl"[\s\S]*\{"a":1\}\n/);
});

test('a stream that is left, or aborted, is closed upstream', async () => {
  await using host = await startExecServer();
  await using api = await startApi();
  const openai = new OpenAI({ apiKey: 'key', baseURL: `${api.url}/v1`, fetch: createExecutorFetch(host.client), maxRetries: 0 });
  for await (const part of await openai.chat.completions.create({ ...ask('endless words'), stream: true })) {
    assert.is(part.choices[0]?.delta.content, 'endless');
    break;
  }
  await api.until(() => api.broken.length === 1);
  const controller = new AbortController();
  const stream = await openai.chat.completions.create({ ...ask('endless words'), stream: true }, { signal: controller.signal });
  for await (const part of stream) if (part.choices[0]?.delta.content === 'words') controller.abort();
  await api.until(() => api.broken.length === 2);
  const aborted = await openai.chat.completions.create(ask('x'), { signal: controller.signal }).then(
    () => null,
    (error: unknown) => error,
  );
  assert.instance(aborted, APIUserAbortError);
});

test('an API that cannot be reached is what the client takes it for', async () => {
  await using host = await startExecServer();
  const openai = new OpenAI({ apiKey: 'key', baseURL: 'http://127.0.0.1:1/v1', fetch: createExecutorFetch(host.client), maxRetries: 0 });
  const error = await openai.chat.completions.create(ask('x')).then(
    () => null,
    (why: unknown) => why,
  );
  assert.instance(error, APIConnectionError);
});
