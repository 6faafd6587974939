import { Client } from '@modelcontextprotocol/client';
import * as assert from 'uvu/assert';
import { connectMcp, McpProtocolError, McpServerExitedError, McpStartError } from '@exec-server/mcp';
import { startExecServer } from 'exec-server/testing';
import { failure } from '../harness/failure.js';
import { allGone, connectTo, echo, transportTo } from '../harness/mcp-host.js';
import { everything, fixture } from '../harness/mcp-servers.js';
import { Scratch, withVariable } from '../harness/scratch.js';
import { suite } from '../harness/test.js';

const test = suite('stdio-transport');

test('a server of the MCP project runs on the executor, and its tools are listed and called', async () => {
  await using host = await startExecServer();
  const transport = transportTo(host, everything());
  const client = new Client({ name: 'test', version: '1' });
  await connectMcp(client, transport);
  const { tools } = await client.listTools();
  assert.ok(tools.some(({ name }) => name === 'echo'));
  const result = await client.callTool({ name: 'echo', arguments: { message: 'hello' } });
  assert.equal(result.content, [{ type: 'text', text: 'Echo: hello' }]);
  assert.is(transport.pid, host.inspect().clients[0]?.processes[0]?.pid);
  await client.close();
  assert.is(host.inspect().server.liveProcesses, 0);
});

test('banners, and JSON that is no message, are left out and told to the log', async () => {
  await using host = await startExecServer();
  const log: string[] = [];
  await using server = await connectTo(host, 'banners', { log: (text) => log.push(text) });
  assert.is(await echo(server.client, 'hello'), 'hello');
  assert.ok(log.some((text) => text.includes('Welcome!')));
  assert.ok(log.some((text) => text.includes('{"not": "json-rpc"}')));
  assert.is(server.transport.failure, null);
});

test('a message without a newline counts when the program ends behind it', async () => {
  await using host = await startExecServer();
  await using server = await connectTo(host, 'crash-after-call');
  assert.is(await echo(server.client, 'last words'), 'last words');
});

test('half a line is no message, and its rest is taken when the input ends', async () => {
  await using host = await startExecServer();
  await using server = await connectTo(host, 'half-line');
  const answer = echo(server.client, 'two halves');
  assert.is(await Promise.race([answer, server.client.ping().then(() => 'ping')]), 'ping');
  await server.transport.closeGracefully();
  assert.is(await answer, 'two halves');
});

test('output that is still in the pipe when the program ends arrives before the end is told', async () => {
  await using host = await startExecServer();
  await using server = await connectTo(host, 'pending-output');
  assert.is((await echo(server.client, '')).length, 4_000_000);
});

test('S4: a line without an end is given up at the limit, and the server with it', async () => {
  await using host = await startExecServer();
  await using server = await connectTo(host, 'endless-line');
  const error = await failure(echo(server.client, 'go'), McpProtocolError);
  assert.match(error.message, /a line is longer than 8388608 bytes/);
  assert.is(server.transport.failure, error);
  await allGone(host);
});

test('a program that ends in place of an answer fails the call with its exit code and its last words', async () => {
  await using host = await startExecServer();
  const { client } = await connectTo(host, 'crash-at-call', { server: 'ideas', environment: 'build' });
  const error = await failure(echo(client, 'anything?'), McpServerExitedError);
  assert.is(error.exitCode, 9);
  assert.is(
    error.message,
    'MCP server "ideas" in environment "build": the program has ended with exit code 9; its stderr ends with:\nout of ideas',
  );
  await failure(echo(client, 'still there?'), Error);
});

test('M1: a program that ends before the handshake is a start that failed, with its last words', async () => {
  await using host = await startExecServer();
  const error = await failure(connectTo(host, 'crash-at-start'), McpStartError);
  assert.is(error.phase, 'handshake');
  assert.is(error.stderrTail, 'reading the settings\nno licence found');
});

test('a program that is not there is a start that failed, named with its environment', async () => {
  await using host = await startExecServer();
  const transport = transportTo(host, ['no-such-program', []], { environment: 'build' });
  const error = await failure(connectMcp(new Client({ name: 'test', version: '1' }), transport), McpStartError);
  assert.is(error.phase, 'spawn');
  assert.match(error.message, /environment "build".*cannot run "no-such-program" in "\/tmp": No such file or directory/);
});

test('M3: the program is found in the PATH of the executor, not in ours', async () => {
  using scratch = new Scratch();
  const [node, args] = fixture('honest');
  scratch.file('only-there', `#!/bin/sh\nexec ${node} ${args.join(' ')}\n`, 0o755);
  await using host = await startExecServer({ server: { environment: { PATH: `${scratch.path}:/usr/bin:/bin` } } });
  await using transport = transportTo(host, ['only-there', []]);
  const client = new Client({ name: 'test', version: '1' });
  await connectMcp(client, transport);
  assert.is(await echo(client, 'found'), 'found');
});

test('its standard error comes line by line and never disturbs the messages', async () => {
  await using host = await startExecServer();
  let lines = 0;
  let longest = 0;
  const stderr = (line: string): void => {
    lines++;
    longest = Math.max(longest, line.length);
  };
  await using server = await connectTo(host, 'stderr-flood', { stderr });
  for (let call = 0; call < 20; call++) assert.is(await echo(server.client, `call ${call}`), `call ${call}`);
  assert.ok(lines > 1_000, `${lines} lines`);
  assert.ok(longest <= 1024 * 1024, `${longest} characters in one line`);
});

test('only what is listed of our variables is sent', async () => {
  using mine = withVariable('EXEC_SERVER_TEST_MINE', 'from here');
  using listed = withVariable('EXEC_SERVER_TEST_LISTED', 'from here too');
  assert.ok(mine && listed);
  const environment = { PATH: process.env['PATH'], LANG: 'C', SECRET_THERE: 'of the executor', OTHER_THERE: 'x' };
  await using host = await startExecServer({ server: { environment } });
  const [command] = fixture('honest');
  const printed: string[] = [];
  const transport = transportTo(host, [command, ['-e', 'console.error(JSON.stringify(process.env))']], {
    env: { EXPLICIT: 'yes' },
    envVars: ['EXEC_SERVER_TEST_LISTED', 'EXEC_SERVER_TEST_UNSET', { name: 'secret_there', source: 'remote' }],
    stderr: (line) => printed.push(line),
  });
  await failure(connectMcp(new Client({ name: 'test', version: '1' }), transport), McpStartError);
  const { NODE_V8_COVERAGE: _ours, ...variables } = JSON.parse(printed[0] ?? '') as Record<string, string>; // that one Node passes on
  assert.equal(variables, {
    PATH: process.env['PATH'],
    LANG: 'C',
    SECRET_THERE: 'of the executor',
    EXPLICIT: 'yes',
    EXEC_SERVER_TEST_LISTED: 'from here too',
  });
});

test('messages of a client arrive in the order of the calls, however many are under way', async () => {
  await using host = await startExecServer();
  await using server = await connectTo(host, 'counting');
  const answers = await Promise.all(Array.from({ length: 500 }, (_, i) => echo(server.client, `call ${i}`)));
  assert.equal(
    answers,
    Array.from({ length: 500 }, (_, i) => `call ${i} ${i + 1}`),
  );
});

test('messages for a server that does not read are bounded', async () => {
  await using host = await startExecServer();
  const { client, transport } = await connectTo(host, 'never-reads');
  await client.listTools();
  const text = 'x'.repeat(1_000_000);
  const calls = Array.from({ length: 100 }, () => failure(client.callTool({ name: 'echo', arguments: { text } }), Error));
  assert.match((await Promise.race(calls)).message, /the program does not read/);
  await transport.close();
  await Promise.all(calls);
});

test('a transport is started once', async () => {
  await using host = await startExecServer();
  await using transport = transportTo(host, fixture('honest'));
  await transport.start();
  assert.match((await failure(transport.start(), Error)).message, /can be started once/);
});

test('nothing is sent before the start and after the end', async () => {
  await using host = await startExecServer();
  const transport = transportTo(host, fixture('honest'));
  const message = { jsonrpc: '2.0', method: 'ping', id: 1 } as const;
  await failure(transport.send(message), Error);
  await transport.start();
  await transport.close();
  await failure(transport.send(message), Error);
});
