import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { ExitError } from '#cli/exit-codes.js';
import { planRequest, type RequestFlags } from '#cli/fetch-request.js';
import { failure } from '../harness/failure.js';
import { suite } from '../harness/test.js';

const test = suite('fetch-request of the command line');

const none: RequestFlags = { header: [], data: [], get: false, head: false, compressed: false };
const file = fileURLToPath(new URL('../../../package.json', import.meta.url));

async function plan(target: string, flags: Partial<RequestFlags> = {}, stdin = '') {
  const { url, method, headers, body } = await planRequest(target, { ...none, ...flags }, Readable.from([Buffer.from(stdin)]));
  const text = body === undefined ? undefined : await new Response(body as Uint8Array).text();
  return { url: url.href, method, headers: Object.fromEntries(headers.map(({ name, value }) => [name, value])), body: text };
}

const data = (text: string, kind: RequestFlags['data'][number]['kind'] = 'data') => ({ kind, text });
const ours = { 'user-agent': 'exec-server', accept: '*/*' };
const form = { ...ours, 'content-type': 'application/x-www-form-urlencoded' };

test('a target alone is a GET, of http unless it says otherwise', async () => {
  assert.equal(await plan('a.test/x'), { url: 'http://a.test/x', method: 'GET', headers: ours, body: undefined });
  assert.is((await plan('https://a.test/')).url, 'https://a.test/');
  assert.is((await failure(plan('http://'), ExitError)).exitCode, 2);
});

test('data makes a form of it, pieces joined, files without line ends', async () => {
  const all = [data('a=1'), data('b=2'), data('@-')];
  assert.equal(await plan('a.test', { data: all }, 'c=\r\n3\n'), {
    url: 'http://a.test/',
    method: 'POST',
    headers: form,
    body: 'a=1&b=2&c=3',
  });
  assert.is((await plan('a.test', { data: [data('@-', 'raw')] })).body, '@-');
  assert.is((await plan('a.test', { data: [data(`@${file}`, 'binary')] })).body, readFileSync(file, 'utf8'));
  const missing = await failure(plan('a.test', { data: [data('@/no/such/file')] }), ExitError);
  assert.is(missing.exitCode, 26);
});

test('JSON has headers of its own', async () => {
  const { headers, body } = await plan('a.test', { data: [data('{"a":1}', 'json')] });
  assert.equal([headers['content-type'], headers['accept'], body], ['application/json', 'application/json', '{"a":1}']);
});

test('data may go into the URL instead', async () => {
  const { url, method, body, headers } = await plan('a.test/?z=0', { data: [data('q=1'), data('r=2')], get: true });
  assert.equal([url, method, body, headers], ['http://a.test/?z=0&q=1&r=2', 'GET', undefined, ours]);
  assert.is((await plan('a.test', { data: [data('q=1')], get: true, head: true })).method, 'HEAD');
});

test('a file is put, with its length, and stdin without', async () => {
  const put = await plan('a.test/x', { uploadFile: file });
  const content = readFileSync(file, 'utf8');
  assert.equal([put.method, put.headers['content-length'], put.body], ['PUT', String(Buffer.byteLength(content)), content]);
  const piped = await plan('a.test/x', { uploadFile: '-', request: 'POST' }, 'from stdin');
  assert.equal([piped.method, piped.headers['content-length'], piped.body], ['POST', undefined, 'from stdin']);
});

test('headers given replace ours, or leave them out', async () => {
  const header = ['X-A:  1 ', 'User-Agent: mine', 'Accept:', 'X-Empty;'];
  assert.equal((await plan('a.test', { header })).headers, { 'X-A': '1', 'User-Agent': 'mine', 'X-Empty': '' });
  for (const line of ['nothing', 'a b: c', 'X-A; 1']) assert.is((await failure(plan('a.test', { header: [line] }), ExitError)).exitCode, 2);
  const { headers } = await plan('a.test', { user: 'me:secret', userAgent: 'other', compressed: true });
  assert.equal(
    [headers['authorization'], headers['user-agent'], headers['accept-encoding']],
    ['Basic bWU6c2VjcmV0', 'other', 'gzip, deflate, br'],
  );
});

test('what makes no sense together is refused', async () => {
  for (const flags of [{ head: true }, { uploadFile: file }])
    assert.is((await failure(plan('a.test', { data: [data('x')], ...flags }), ExitError)).exitCode, 2);
});
