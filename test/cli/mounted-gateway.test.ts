import { createExecServer } from '@exec-server/server';
import * as assert from 'uvu/assert';
import { runCommand, startCommandServer } from '../harness/command-line.js';
import { McpCaller } from '../harness/mcp-caller.js';
import { fixture } from '../harness/mcp-servers.js';
import { Scratch } from '../harness/scratch.js';
import { suite } from '../harness/test.js';

const test = suite('mounted gateway');
const slow = { timeoutMs: 60_000 };
const scripted = (...options: readonly string[]) => {
  const [command, args] = fixture('scripted', '--bare', ...options);
  return { command, args };
};

const statusOf = async (args: readonly string[]) => {
  await using server = await startCommandServer(args);
  return (await fetch(`http://127.0.0.1:${new URL(server.url).port}/mcpproxy/upstreams`)).status;
};

test(
  'B5: --mcp-config starts upstreams, here and on another server; one that fails is listed as failed',
  async () => {
    using scratch = new Scratch();
    await using elsewhere = createExecServer({ environment: { ...process.env, PLACE: 'elsewhere' } });
    const url = await elsewhere.listen();
    const place = { cwd: '/', environment: 'build', envVars: [{ name: 'PLACE', source: 'remote' }] };
    const mcpServers = {
      here: { ...scripted('--tools', 'env'), toolPrefix: 'h_' },
      there: { ...scripted('--tools', 'env'), ...place, toolPrefix: 't_' },
      broken: { command: 'no-such-program' },
      off: { ...scripted('--tools', 'x'), enabled: false },
    };
    const file = scratch.file('mcp.json', JSON.stringify({ environments: { build: { url } }, mcpServers }));
    await using server = await startCommandServer(['--mcp-config', file, '--log-level', 'silent']);
    const endpoint = `${server.url.replace('ws:', 'http:')}/mcpproxy`;
    const states = async () => {
      const list = (await (await fetch(`${endpoint}/upstreams`)).json()) as { name: string; status: string }[];
      return list.map(({ name, status }) => `${name} ${status}`);
    };
    while ((await states()).some((state) => state.endsWith('starting')) || (await states()).length < 3)
      await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(await states(), ['broken failed', 'here running', 'there running']);
    const caller = new McpCaller(endpoint, {});
    await caller.initialize();
    const place1 = JSON.parse(await caller.toolText('h_env')) as Record<string, string>;
    const place2 = JSON.parse(await caller.toolText('t_env')) as Record<string, string>;
    assert.equal([place1['PLACE'], place2['PLACE']], [undefined, 'elsewhere']);
    assert.is(elsewhere.inspect().liveProcesses, 1);
    caller.close();
    await server.stop();
    while (elsewhere.inspect().liveProcesses > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  },
  slow,
);

test(
  'B3: an upstream that is required and fails ends the start; so does a file that cannot be used',
  async () => {
    using scratch = new Scratch();
    let file = '';
    for (const [text, message] of [
      ['[mcp_servers.a]\ncommand = "no-such-program"\nrequired = true\n', /upstream a is required and has failed: .*no-such-program/],
      ['[mcp_servers.a]\ncommand = "cat"\nenviroment = "x"\n', /"a".*enviroment/],
      ['[mcp_servers.a]\ncommand = "cat"\ncwd = "/"\nenvironment = "nowhere"\n', /nowhere/],
      ['[mcp_servers.a]\ncommand = "cat"\ncwd = "/"\nenvironment = "remote"\n', /default environment/],
      ['[mcp_servers.a]\nurl = "http://h/"\nbearer_token_env_var = "NOT_SET_ANYWHERE"\n', /NOT_SET_ANYWHERE is not set/],
    ] as const) {
      file = scratch.file('mcp.toml', text);
      const { code, stderr } = await runCommand(['--mcp-config', file, '--log-level', 'silent']);
      assert.is(code, 1, stderr);
      assert.match(stderr, message);
    }
    for (const flags of [['--no-mcp-gateway'], ['--listen', 'stdio']])
      assert.is((await runCommand(['--mcp-config', file, ...flags])).code, 2);
  },
  slow,
);

test(
  'the gateway is offered on the loopback only, unless it is wished for',
  async () => {
    assert.is(await statusOf([]), 200);
    assert.is(await statusOf(['--no-mcp-gateway']), 404);
    assert.is(await statusOf(['--listen', 'ws://0.0.0.0:0', '--allow-unauthenticated']), 404);
    assert.is(await statusOf(['--listen', 'ws://0.0.0.0:0', '--allow-unauthenticated', '--mcp-gateway']), 200);
  },
  slow,
);

test(
  'part D: --mcp-limit sets limits of the gateway; one that is unknown is an error',
  async () => {
    await using server = await startCommandServer([
      '--mcp-limit',
      'sessions=1',
      '--mcp-limit',
      'upstreams=1',
      '--mcp-limit',
      'startup-ms=300',
    ]);
    const endpoint = `${server.url.replace('ws:', 'http:')}/mcpproxy`;
    const caller = new McpCaller(endpoint, {});
    await caller.initialize();
    await assertRejects(new McpCaller(endpoint, {}).initialize(), /1 sessions already/);
    const [command, args] = fixture('silent');
    const register = async (name: string, program: object) =>
      (
        await fetch(`${endpoint}/upstreams`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ name, transport: 'stdio', ...program }),
        })
      ).status;
    assert.is(await register('silent', { command, args }), 504);
    assert.is(await register('one', scripted()), 201);
    assert.is(await register('two', scripted()), 429);
    caller.close();
    assert.is((await runCommand(['--mcp-limit', 'no-such=1'])).code, 2);
  },
  slow,
);

async function assertRejects(task: Promise<unknown>, message: RegExp): Promise<void> {
  assert.match(
    await task.then(
      () => 'it did not',
      (error: unknown) => (error as Error).message,
    ),
    message,
  );
}
