import { startExecServer } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { runCommand } from '../../harness/command-line.js';
import { entry } from '../../harness/mcp-config.js';
import { Scratch } from '../../harness/scratch.js';
import { suite } from '../../harness/test.js';

const test = suite('mcp call');

test('a tool is called where its server is to run, and its text is printed; nothing stays', async () => {
  await using host = await startExecServer();
  using scratch = new Scratch();
  const environments = { build: { url: host.url, token_env_var: 'BUILD_TOKEN' } };
  const broken = { command: 'no-such-program', environment: 'build', cwd: '/' };
  const config = scratch.file('mcp.json', JSON.stringify({ environments, mcpServers: { one: entry('counting'), broken } }));
  const env = { BUILD_TOKEN: host.token };
  const call = (...args: string[]) => runCommand(['mcp', 'call', '--config', config, ...args], '', env);
  const answered = await call('one', 'echo', '{"text": "hello"}');
  assert.equal([answered.code, answered.stdout.toString()], [0, 'hello 1\n'], answered.stderr);
  const whole = await call('--json', 'one', 'echo', '{"text": "hello"}');
  assert.equal(JSON.parse(whole.stdout.toString()), { content: [{ type: 'text', text: 'hello 1' }] });
  const piped = await runCommand(['mcp', 'call', '--config', config, 'one', 'echo', '-'], '{"text": "from stdin"}', env);
  assert.is(piped.stdout.toString(), 'from stdin 1\n');
  const late = await call('--timeout', '0.5', 'one', 'echo', '{"text": "late", "delayMs": 600000}');
  assert.is(late.code, 124);
  const failed = await call('broken', 'echo');
  assert.is(failed.code, 1);
  assert.match(failed.stderr, /MCP server "broken" in environment "build": failed to start \(spawn\)/);
  assert.is(host.inspect().server.liveProcesses, 0);
});

test('mistakes on the command line are told before anything is started', async () => {
  using scratch = new Scratch();
  const config = scratch.file('mcp.json', JSON.stringify({ mcpServers: { one: { command: 'x' } } }));
  for (const [args, words] of [
    [['--config', config, 'two', 'echo'], /has no server "two"; it has one/],
    [['--config', config, 'one', 'echo', '{'], /the arguments are no JSON/],
    [['--config', config, 'one', 'echo', '[]'], /must be a JSON object/],
    [['one'], /missing required argument 'tool'/],
  ] as const) {
    const { code, stderr } = await runCommand(['mcp', 'call', ...args]);
    assert.is(code, 2, stderr);
    assert.match(stderr, words);
  }
});
