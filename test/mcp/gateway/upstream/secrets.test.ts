import * as assert from 'uvu/assert';
import { silentLog } from '#mcp/gateway/gateway-log.js';
import { checkUpstreamConfig } from '#mcp/gateway/upstream/config.js';
import { createRedactor, redactLog, withoutQuery } from '#mcp/gateway/upstream/secrets.js';
import { GatewayHost } from '../../../harness/mcp-gateway.js';
import { McpHttpServer } from '../../../harness/mcp-http-server.js';
import { suite } from '../../../harness/test.js';

const test = suite('mcp upstream secrets');
const secret = 's3cr3t-v4lue-0815';

test('A3: values of variables and headers are taken out of texts, tokens without their scheme and single lines too', () => {
  const stdio = createRedactor(
    checkUpstreamConfig({ name: 'n', transport: 'stdio', command: 'c', env: { A: secret, B: 'line one\nline two', C: '1' } }),
  );
  assert.is(stdio(`a ${secret} b ${secret}, line two, 1`), 'a [redacted] b [redacted], [redacted], 1');
  const http = createRedactor(
    checkUpstreamConfig({ name: 'n', transport: 'http', url: 'http://h/', headers: { Authorization: `Bearer ${secret}` } }),
  );
  assert.is(http(`bad token ${secret} in "Bearer ${secret}"`), 'bad token [redacted] in "[redacted]"');
});

test('A3: a log loses them in every field', () => {
  const told: unknown[] = [];
  const log = redactLog({ ...silentLog, warn: (fields) => told.push(fields) }, (text) => text.replace('x', '*'));
  log.warn({ a: 'x', n: 7 }, 'm');
  log.info({ a: 'x' }, 'm');
  log.debug({}, 'm');
  log.error({}, 'm');
  assert.equal(told, [{ a: '*', n: 7 }]);
});

test('A3: a URL is told without its query', () => {
  assert.is(withoutQuery('https://h/mcp?token=1#x'), 'https://h/mcp');
  assert.is(withoutQuery('https://h/mcp#x'), 'https://h/mcp');
});

test('A3: a program that prints its secret gives nobody else the secret, in answers, lists and the log', async () => {
  await using host = await GatewayHost.start({ limits: { mcpRestartDelayMs: 10, mcpRestartAttempts: 1 } });
  const failing = ['-c', 'echo "my token is $TOKEN" >&2; exit 3'];
  const refusing = [
    '-c',
    `read line; echo "{\\"jsonrpc\\":\\"2.0\\",\\"id\\":1,\\"error\\":{\\"code\\":1,\\"message\\":\\"bad $TOKEN\\"}}"; cat > /dev/null`,
  ];
  for (const args of [failing, refusing]) {
    const { status, text } = await host.rest('POST', '', { name: 'n', transport: 'stdio', command: 'sh', args, env: { TOKEN: secret } });
    assert.is(status, 502);
    assert.match(text, /\[redacted\]/);
    assert.not.ok(text.includes(secret));
  }
  assert.not.ok(JSON.stringify(host.log).includes(secret));
});

test('A3: an HTTP upstream that repeats what it was sent gives nobody else the secret', async () => {
  await using host = await GatewayHost.start();
  await using upstream = await McpHttpServer.start(({ headers, method }, response) => {
    if (method !== 'POST') return false;
    response.writeHead(401, { 'content-type': 'text/plain' }).end(`no such token: ${String(headers.authorization)}`);
    return true;
  });
  const url = `${upstream.url}?key=${secret}`;
  const { status, text } = await host.rest('POST', '', {
    name: 'n',
    transport: 'http',
    url,
    headers: { Authorization: `Bearer ${secret}` },
  });
  assert.is(status, 502);
  assert.match(text, /HTTP 401: no such token: \[redacted\]/);
  assert.not.ok(text.includes(secret));
  assert.not.ok(JSON.stringify(host.log).includes(secret));
});
