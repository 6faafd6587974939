import { connect, ConnectionRefusedError, connectCommand } from '@exec-server/client';
import { request } from 'undici';
import * as assert from 'uvu/assert';
import { readUntil } from '../../harness/byte-streams.js';
import { launcher, runCommand } from '../../harness/command-line.js';
import { failure } from '../../harness/failure.js';
import { HttpPeer } from '../../harness/http-peer.js';
import { LiveCommand } from '../../harness/live-command.js';
import { allGone, isRunning } from '../../harness/process-state.js';
import { Scratch } from '../../harness/scratch.js';
import { suite } from '../../harness/test.js';
import { WireClient } from '../../harness/wire-client.js';

const test = suite('serve');

const urlLine = /^ws:\/\/127\.0\.0\.1:\d+\n$/;

/** A server, once it has said where it listens. */
async function serve(args: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
  const command = new LiveCommand(args, env);
  const url = (await command.printed('\n')).trim();
  return { command, url, [Symbol.asyncDispose]: () => command[Symbol.asyncDispose]() };
}

test('without arguments it serves on a free port of 127.0.0.1 and prints one line, the URL', async () => {
  await using server = await serve();
  const client = await connect(server.url);
  const started = await client.processes.start({ argv: ['sh', '-c', 'echo to nobody; echo to nobody >&2'] });
  await started.closed;
  await client.close();
  server.command.child.kill('SIGTERM');
  assert.equal(await server.command.ended, { code: 0, signal: null });
  assert.match(server.command.stdout, urlLine);
  assert.is(server.command.stderr, '');
});

test('"serve" is the name of what it does without a command, and IPv6 addresses keep their brackets', async () => {
  await using server = await serve(['serve', '--listen', 'ws://[::1]:0']);
  assert.match(server.url, /^ws:\/\/\[::1\]:\d+$/);
  await (await connect(server.url)).close();
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`P8: ${signal} ends it with exit code 0, and every process group, even those that ignore being asked`, async () => {
    await using server = await serve();
    const peer = await WireClient.open(server.url);
    const client = await connect(server.url, { resumeWindowMs: 0 });
    const started = await client.processes.start({
      argv: ['bash', '-c', 'trap "" TERM HUP INT; (trap "" TERM HUP INT; echo $BASHPID; exec sleep 600) & wait'],
    });
    const reader = started.stdout.getReader();
    const pids = [started.pid as number, Number(await readUntil(reader, '\n'))];
    assert.ok(pids.every(isRunning));
    server.command.child.kill(signal);
    assert.equal(await server.command.ended, { code: 0, signal: null });
    await allGone(pids);
    assert.is(await peer.closed(), 1006, 'without a close frame');
    await client.close();
  });
}

test('a port in use is a failure with exit code 1 and the words of the system', async () => {
  await using server = await serve();
  const { code, stdout, stderr } = await runCommand(['--listen', server.url]);
  assert.equal([code, stdout.toString()], [1, '']);
  assert.match(stderr, /^Error: .*EADDRINUSE.*\n$/);
});

test('an address that cannot be listened on is a failure with exit code 1 and the words of the base', async () => {
  for (const [listen, text] of [
    ['ws://localhost:0', 'invalid websocket --listen URL `ws://localhost:0`; expected `ws://IP:PORT`'],
    ['http://127.0.0.1:0', 'unsupported --listen URL `http://127.0.0.1:0`; expected `ws://IP:PORT` or `stdio`'],
  ] as const) {
    const { code, stdout, stderr } = await runCommand(['--listen', listen]);
    assert.equal([code, stdout.toString(), stderr], [1, '', `Error: ${text}\n`]);
  }
});

test('S2: an address others can reach is refused without authentication, unless it is allowed or there is some', async () => {
  const { code, stdout, stderr } = await runCommand(['--listen', 'ws://0.0.0.0:0']);
  assert.equal([code, stdout.toString()], [1, '']);
  assert.match(stderr, /^Error: refusing to listen on 0\.0\.0\.0 without authentication.*--allow-unauthenticated/);
  const sha256 = 'a'.repeat(64);
  for (const flags of [['--allow-unauthenticated'], ['--ws-auth', 'capability-token', '--ws-token-sha256', sha256]]) {
    await using server = await serve(['--listen', 'ws://0.0.0.0:0', ...flags]);
    assert.match(server.url, /^ws:\/\/0\.0\.0\.0:\d+$/);
  }
});

test('S3: --ws-auth lets in who has the token, and nobody else', async () => {
  using scratch = new Scratch();
  const flags = ['--ws-auth', 'capability-token', '--ws-token-file', scratch.file('token', 'secret\n'), '--log-level', 'debug'];
  await using server = await serve(flags);
  await (await connect(server.url, { token: 'secret' })).close();
  const error = await failure(connect(server.url, { token: 'guess' }), ConnectionRefusedError);
  assert.is(error.status, 401);
  server.command.child.kill();
  await server.command.ended;
  assert.not.match(server.command.stderr + server.command.stdout, /secret|guess/);
});

test('authentication that cannot be set up is a failure with exit code 1', async () => {
  for (const [args, text] of [
    [['--ws-token-file', '/no/such/file'], 'websocket auth flags require'],
    [['--ws-auth', 'capability-token', '--ws-token-file', '/no/such/file'], 'failed to read websocket auth secret /no/such/file'],
    [['--listen', 'stdio', '--ws-auth', 'capability-token', '--ws-token-sha256', 'a'.repeat(64)], 'not stdio'],
  ] as const) {
    const { code, stdout, stderr } = await runCommand(args);
    assert.equal([code, stdout.toString()], [1, '']);
    assert.match(stderr, text);
  }
});

test('flags about sessions, requests, origins and hosts reach the server', async () => {
  const flags = [
    '--session-detach-seconds',
    '7',
    '--concurrent-requests',
    '3',
    '--allow-host',
    'name.test',
    '--allow-origin',
    'https://page.test',
  ];
  await using server = await serve(flags);
  await using client = await connect(server.url);
  const { limits } = await client.environment.server();
  assert.equal([limits['detachedSessionMs'], limits['workSlots']], [7_000, 3]);
  const get = (headers: Record<string, string>) => request(`${server.url.replace('ws:', 'http:')}/readyz`, { headers });
  assert.is((await get({ origin: 'https://page.test' })).statusCode, 200);
  assert.is((await get({ origin: 'https://other.test' })).statusCode, 403);
});

test('flags about HTTP requests reach the server, and a rule that is none is a usage error', async () => {
  await using peer = await HttpPeer.start();
  const flags = ['--http-allow', '127.0.0.1', '--http-deny', '*:1', '--http-header-variable', 'SHOWN'];
  await using server = await serve(flags, { SHOWN: 'shown', HIDDEN: 'hidden' });
  await using wire = await WireClient.open(server.url);
  await wire.handshake();
  const ask = async (url: string, valueEnvVar: string): Promise<string> => {
    const headers = [{ name: 'X', value: '', valueEnvVar }];
    const { result, error } = await wire.request('http/request', { method: 'GET', url, requestId: 'r', headers });
    return error?.message ?? JSON.stringify(result);
  };
  assert.match(await ask(peer.url, 'SHOWN'), '"status":200');
  assert.ok(peer.requests[0]?.headers.includes('x: shown'));
  assert.match(await ask(peer.url, 'HIDDEN'), 'cannot use executor environment variable HIDDEN');
  assert.match(await ask('http://127.0.0.1:1/', 'SHOWN'), 'this server makes no requests to 127.0.0.1 port 1');
  assert.match(await ask('http://127.0.0.2:81/', 'SHOWN'), 'this server makes no requests to 127.0.0.2 port 81');
  const { code, stderr } = await runCommand(['--http-allow', 'http://x']);
  assert.is(code, 2);
  assert.match(stderr, 'Error: `http://x` is no rule for destinations');
});

test('S5: a time no timer can hold is a usage error', async () => {
  const { code, stdout, stderr } = await runCommand(['--session-detach-seconds', '2147484']);
  assert.equal([code, stdout.toString()], [2, '']);
  assert.match(stderr, 'at most 2147483');
});

test('logs are JSON lines on stderr, as many as were asked for, by flag or variable', async () => {
  for (const [flags, env] of [
    [['--log-level', 'info'], {}],
    [[], { EXEC_SERVER_LOG: 'info' }],
  ] as const) {
    await using server = await serve(flags, env);
    server.command.child.kill();
    await server.command.ended;
    const entries = server.command.stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { msg: string; url?: string });
    assert.ok(entries.some(({ msg, url }) => msg === 'listening' && url === server.url));
  }
});

test('over stdio only messages go to stdout', async () => {
  await using command = new LiveCommand(['--listen', 'stdio']);
  const send = (message: unknown) => command.child.stdin.write(`${JSON.stringify(message)}\n`);
  send({ id: 1, method: 'initialize', params: { clientName: 'by hand' } });
  send({ method: 'initialized' });
  send({
    id: 2,
    method: 'process/start',
    params: { processId: 'p', argv: ['echo', 'hi'], cwd: 'file:///', env: { PATH: process.env['PATH'] }, tty: false },
  });
  await command.printed('process/closed');
  const messages = command.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { id?: number; method?: string; params?: { chunk?: string } });
  assert.equal(
    messages.map(({ id, method }) => id ?? method),
    [1, 2, 'process/output', 'process/exited', 'process/closed'],
  );
  assert.is(Buffer.from(messages[2]?.params?.chunk ?? '', 'base64').toString(), 'hi\n');
  command.child.stdin.end();
  assert.equal(await command.ended, { code: 0, signal: null });
});

for (const [how, end] of [
  ['the end of its input', (command: LiveCommand) => command.child.stdin.end()],
  ['SIGTERM', (command: LiveCommand) => command.child.kill('SIGTERM')],
] as const) {
  test(`P8: over stdio, ${how} ends the server with exit code 0 and kills its processes`, async () => {
    await using command = new LiveCommand(['--listen', 'stdio']);
    const argv = ['bash', '-c', 'trap "" TERM HUP INT; echo; exec sleep 600'];
    const start = {
      id: 2,
      method: 'process/start',
      params: { processId: 'p', argv, cwd: 'file:///', env: { PATH: process.env['PATH'] }, tty: false },
    };
    const messages = [{ id: 1, method: 'initialize', params: { clientName: 'by hand' } }, { method: 'initialized' }, start];
    command.child.stdin.write(messages.map((message) => `${JSON.stringify(message)}\n`).join(''));
    const pid = Number(/"pid":(\d+)/.exec(await command.printed('process/output'))?.[1]);
    assert.ok(isRunning(pid));
    end(command);
    assert.equal(await command.ended, { code: 0, signal: null });
    await allGone([pid]);
  });
}

test('over stdio a client of ours works as over WebSocket', async () => {
  const client = await connectCommand([process.execPath, launcher, '--listen', 'stdio']);
  assert.is(await client.environment.status(), 'ready');
  await client.close();
});
