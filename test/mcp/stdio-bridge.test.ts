import { PassThrough } from 'node:stream';
import { text as readText } from 'node:stream/consumers';
import { DisconnectedError, RpcError } from '@exec-server/client';
import { bridgeStdio, type StdioBridgeOptions } from '@exec-server/mcp';
import { type ExecServerHost, startExecServer } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { failure } from '../harness/failure.js';
import { allGone } from '../harness/mcp-host.js';
import { fixture } from '../harness/mcp-servers.js';
import { suite } from '../harness/test.js';

const test = suite('stdio-bridge');

const initialize = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
};
const call = (id: unknown, text: string): object => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name: 'echo', arguments: { text } },
});

function startBridge(host: ExecServerHost, argv: readonly string[], more: Partial<StdioBridgeOptions> = {}) {
  const input = new PassThrough();
  const output = new PassThrough();
  const stderr: string[] = [];
  const end = bridgeStdio({ client: host.client, argv, input, output, stderr: (line) => stderr.push(line), ...more });
  return { input, output, stderr, end, send: (message: object) => input.write(`${JSON.stringify(message)}\n`) };
}

const argvOf = (name: string): string[] => {
  const [command, args] = fixture(name);
  return [command, ...args];
};

test('messages pass as they are, what is none goes to the standard error, and the end of the input ends the server', async () => {
  await using host = await startExecServer();
  const { input, output, stderr, end, send } = startBridge(host, argvOf('banners'));
  send(initialize);
  send(call(1, 'first'));
  input.end(JSON.stringify(call('two', 'the last line has no end')));
  assert.equal(await end, { by: 'server', exit: { exitCode: 0, signal: null, timedOut: false } });
  output.end();
  const ids = (await readText(output))
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { id: unknown }).id);
  assert.equal(ids, [0, 1, 'two']);
  assert.ok(stderr.includes('Welcome!'));
  assert.ok(stderr.includes('{"not": "json-rpc"}'));
  assert.is(host.inspect().server.liveProcesses, 0);
});

test('numbers that no double can hold pass unchanged, either way', async () => {
  await using host = await startExecServer();
  const { input, output, end } = startBridge(host, ['cat']);
  const line = '{"jsonrpc": "2.0",  "id": 12345678901234567890123, "result": {"x": 1.00000000000000000001e400}}';
  input.end(`${line}\n`);
  await end;
  output.end();
  assert.is(await readText(output), `${line}\n`);
});

test('a server that ends by itself ends the bridge, with how it ended, after all it has said', async () => {
  await using host = await startExecServer();
  const { output, end, send } = startBridge(host, argvOf('crash-after-call'));
  send(initialize);
  send(call(1, 'last words'));
  assert.equal(await end, { by: 'server', exit: { exitCode: 3, signal: null, timedOut: false } });
  output.end();
  assert.match(await readText(output), /last words.*\n$/);
});

test('a server that stays on after its input is killed when its grace is over', async () => {
  await using host = await startExecServer();
  const { input, end } = startBridge(host, argvOf('ignores-signals'), { closeGraceMs: 50 });
  input.end();
  assert.equal(await end, { by: 'input' });
  assert.is(host.inspect().server.liveProcesses, 0);
});

test('a host that reads no more ends the bridge and the server', async () => {
  await using host = await startExecServer();
  const { output, end } = startBridge(host, argvOf('silent'));
  output.destroy(new Error('EPIPE'));
  assert.equal(await end, { by: 'output' });
  assert.is(host.inspect().server.liveProcesses, 0);
});

test('a host that reads slowly holds the server back', async () => {
  await using host = await startExecServer();
  const script = `while echo '{"jsonrpc":"2.0","method":"x","params":"${'x'.repeat(4_000)}"}'; do :; done`;
  const giveUp = new AbortController();
  const { output, end } = startBridge(host, ['sh', '-c', script], { signal: giveUp.signal });
  const printed = (): number => host.server.inspect().counters.outputBytes;
  for (let before = -1; printed() === 0 || printed() !== before;) {
    before = printed();
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  assert.ok(output.readableLength < 1_000_000, `${output.readableLength} bytes wait here`);
  assert.ok(printed() < 40_000_000, `${printed()} bytes were printed`);
  giveUp.abort(new RangeError('enough'));
  output.resume();
  await failure(end, RangeError);
  assert.is(host.inspect().server.liveProcesses, 0);
});

test('M1: a bridge that is given up, or whose line is too long, leaves no server', async () => {
  await using host = await startExecServer();
  const giveUp = new AbortController();
  const given = startBridge(host, argvOf('silent'), { signal: giveUp.signal });
  giveUp.abort(new TypeError('enough'));
  await failure(given.end, TypeError);
  const long = startBridge(host, argvOf('endless-line'), { maxLineBytes: 100_000 });
  long.send(call(1, ''));
  assert.match((await failure(long.end, RangeError)).message, /longer than 100000 bytes/);
  const input = startBridge(host, argvOf('silent'), { maxLineBytes: 1_000 });
  input.send(call(1, 'x'.repeat(2_000)));
  assert.match((await failure(input.end, RangeError)).message, /longer than 1000 bytes/);
  await allGone(host);
});

test('P5: an executor that is gone ends the bridge with the reason', async () => {
  await using host = await startExecServer({ checkLeaks: false });
  const client = await host.connect({ resumeWindowMs: 0 });
  const { end } = startBridge(host, argvOf('silent'), { client });
  const ended = failure(end, DisconnectedError);
  while (host.inspect().server.liveProcesses === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await host.server.close();
  await ended;
});

test('a program that is not there is told by the bridge', async () => {
  await using host = await startExecServer();
  const { end } = startBridge(host, ['no-such-program']);
  assert.match((await failure(end, RpcError)).message, /No such file/);
});
