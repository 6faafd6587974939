import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as assert from 'uvu/assert';
import { runCommand, startCommandServer } from '../../harness/command-line.js';
import { LiveCommand, plainEnvironment } from '../../harness/live-command.js';
import { Scratch } from '../../harness/scratch.js';
import { suite } from '../../harness/test.js';
import { byPath, describeRequest, type DescribedRequest, startOrigin, type WebOrigin } from '../../harness/web-origin.js';

const test = suite('fetch');

function startPaths(): Promise<WebOrigin> {
  return startOrigin(
    byPath({
      '/describe': (request, response) => void describeRequest(request, response),
      '/text': (_, response) => response.writeHead(200, { 'x-a': '1' }).end('some text\n'),
      '/moved': (_, response) => response.writeHead(302, { location: '/text' }).end('elsewhere'),
      '/round': (_, response) => response.writeHead(302, { location: '/round' }).end(),
      '/refused': (_, response) => response.writeHead(403).end('not you\n'),
      '/gzip': (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('unpacked\n')),
      '/half': (_, response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('a beginning\n');
        setImmediate(() => response.destroy());
      },
      '/large': (_, response) => response.end(Buffer.alloc(20_000_000, 'x')),
      '/never': () => undefined,
      '/endless': (_, response) => void response.write('begun\n'),
    }),
  );
}

/** Runs `fetch`; returns code, stdout and stderr. */
async function fetchWith(args: readonly string[], input: string | Buffer = ''): Promise<[number | null, string, string]> {
  const { code, stdout, stderr } = await runCommand(['fetch', ...args], input, plainEnvironment());
  return [code, stdout.toString(), stderr];
}

test('the body is printed, without --url from here, with it from there', async () => {
  await using origin = await startPaths();
  assert.equal(await fetchWith([`${origin.url}/text`]), [0, 'some text\n', '']);
  await using server = await startCommandServer();
  assert.equal(await fetchWith(['--url', server.url, `${origin.url}/text`]), [0, 'some text\n', '']);
});

test('heads are printed when asked for, those of redirects too', async () => {
  await using origin = await startPaths();
  const [, included] = await fetchWith(['-i', `${origin.url}/text`]);
  assert.match(included, /^HTTP\/1\.1 200 OK\r\nx-a: 1\r\n[\s\S]*\r\n\r\nsome text\n$/);
  const [, head] = await fetchWith(['-IL', `${origin.url}/moved`]);
  assert.match(head, /^HTTP\/1\.1 302 Found\r\nlocation: \/text\r\n[\s\S]*\r\n\r\nHTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\n$/);
  assert.equal(origin.asked, ['GET /text', 'HEAD /moved', 'HEAD /text']);
  const [, body, verbose] = await fetchWith(['-v', '-H', 'X-B: 2', `${origin.url}/text`]);
  assert.is(body, 'some text\n');
  assert.match(verbose, /^> GET \/text HTTP\/1\.1\n> host: [\s\S]*\n> X-B: 2\n< HTTP\/1\.1 200 OK\n< x-a: 1\n/);
});

test('redirects are followed when asked for, and counted', async () => {
  await using origin = await startPaths();
  assert.equal(await fetchWith([`${origin.url}/moved`]), [0, 'elsewhere', '']);
  assert.equal(await fetchWith(['-L', `${origin.url}/moved`]), [0, 'some text\n', '']);
  const [code, , stderr] = await fetchWith(['-L', `${origin.url}/round`]);
  assert.is(code, 47);
  assert.match(stderr, 'redirects');
});

test('method, headers and data are sent as they are given', async () => {
  await using origin = await startPaths();
  const ask = async (...args: string[]): Promise<DescribedRequest> => {
    const [code, stdout, stderr] = await fetchWith([...args, `${origin.url}/describe`], 'from stdin');
    assert.equal([code, stderr], [0, '']);
    return JSON.parse(stdout) as DescribedRequest;
  };
  const posted = await ask('-d', 'a=1', '--data-raw', '@b', '-H', 'X-A: 1');
  assert.equal([posted.method, posted.body, posted.headers['x-a']], ['POST', 'a=1&@b', '1']);
  const json = await ask('-X', 'PATCH', '--json', '{}');
  assert.equal([json.method, json.body, json.headers['content-type']], ['PATCH', '{}', 'application/json']);
  assert.is((await ask('-d', '@-')).body, 'from stdin');
  const put = await ask('-T', '-', '-u', 'a:b');
  assert.equal([put.method, put.body, put.headers['authorization']], ['PUT', 'from stdin', 'Basic YTpi']);
});

test('with --fail a status of 400 or above is exit code 22', async () => {
  await using origin = await startPaths();
  const url = `${origin.url}/refused`;
  const words = 'Error: the server answered with status 403\n';
  assert.equal(await fetchWith([url]), [0, 'not you\n', '']);
  assert.equal(await fetchWith(['-f', url]), [22, '', words]);
  assert.equal(await fetchWith(['--fail-with-body', url]), [22, 'not you\n', words]);
  assert.equal(await fetchWith(['-sf', url]), [22, '', '']);
  assert.equal(await fetchWith(['-sSf', url]), [22, '', words]);
});

test('T3: every other failure has a code of its own', async () => {
  await using origin = await startPaths();
  const [half, part, words] = await fetchWith([`${origin.url}/half`]);
  assert.equal([half, part], [18, 'a beginning\n']);
  assert.match(words, /^Error: the body of the response ended too early: /);
  assert.equal((await fetchWith(['-m', '0.5', `${origin.url}/never`]))[0], 28);
  assert.equal((await fetchWith(['http://127.0.0.1:1/']))[0], 7);
  assert.equal((await fetchWith(['ftp://127.0.0.1/']))[0], 2);
  assert.equal((await fetchWith(['--url', 'ws://127.0.0.1:1', origin.url]))[0], 255);
  assert.equal((await fetchWith(['-o', '/no/such/folder/x', `${origin.url}/text`]))[0], 23);
  await origin.until(() => origin.broken.includes('/never'));
});

test('content is unpacked when it was asked for so', async () => {
  await using origin = await startPaths();
  assert.equal(await fetchWith(['--compressed', `${origin.url}/gzip`]), [0, 'unpacked\n', '']);
});

test('the body goes to a file, and a report behind it', async () => {
  await using origin = await startPaths();
  using scratch = new Scratch();
  const file = join(scratch.path, 'large');
  assert.equal(await fetchWith(['-o', file, '-w', '%{http_code} %{size_download}\\n', `${origin.url}/large`]), [0, '200 20000000\n', '']);
  assert.ok(readFileSync(file).equals(Buffer.alloc(20_000_000, 'x')));
});

test('large bodies go through a pipe, both ways', async () => {
  await using origin = await startOrigin((request, response) => void request.pipe(response));
  const bytes = Buffer.alloc(9_000_000, 'text\n');
  const { code, stdout } = await runCommand(['fetch', '-T', '-', origin.url], bytes, plainEnvironment());
  assert.equal([code, stdout.equals(bytes)], [0, true]);
});

test('Ctrl-C closes the request upstream', async () => {
  await using origin = await startPaths();
  await using server = await startCommandServer();
  await using command = new LiveCommand(['fetch', '--url', server.url, `${origin.url}/endless`]);
  await command.printed('begun\n');
  command.child.kill('SIGINT');
  assert.is((await command.ended).code, 130);
  await origin.until(() => origin.broken.length === 1);
});

test('a reader that has enough ends it', async () => {
  await using origin = await startPaths();
  await using command = new LiveCommand(['fetch', `${origin.url}/large`]);
  await command.printed('x');
  command.child.stdout.destroy();
  assert.is((await command.ended).code, 141);
});
