import { startExecServer } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { runCommand } from '../../harness/command-line.js';
import { LiveCommand } from '../../harness/live-command.js';
import { entry } from '../../harness/mcp-config.js';
import { Scratch } from '../../harness/scratch.js';
import { suite } from '../../harness/test.js';

const test = suite('mcp run');

const toToml = (url: string): string => `
  [environments.build]
  url = "${url}"
  token_env_var = "BUILD_TOKEN"
  [mcp_servers.there]
  command = "${process.execPath}"
  args = ["${(entry('honest')['args'] as string[])[0]}"]
  cwd = "/"
  environment = "build"
  env = { SECRET = "do not print" }
`;

test('all servers are started and kept running until it is asked to end, which ends them', async () => {
  await using host = await startExecServer();
  using scratch = new Scratch();
  const here = `[mcp_servers.here]\ncommand = "${process.execPath}"\nargs = ["${(entry('crash-at-call')['args'] as string[])[0]}"]\n`;
  const config = scratch.file('mcp.toml', toToml(host.url) + here);
  await using command = new LiveCommand(['mcp', 'run', config], { BUILD_TOKEN: host.token });
  await command.printed('there: echo');
  assert.match(command.stdout, /SERVER +ENVIRONMENT +STATE +TOOLS\nthere +build +ready +1\nhere +local +ready +1\n/);
  assert.is(host.inspect().server.liveProcesses, 1);
  command.child.kill('SIGTERM');
  assert.equal(await command.ended, { code: 0, signal: null });
  assert.is(host.inspect().server.liveProcesses, 0);
});

test('a server that is lost is told', async () => {
  await using host = await startExecServer();
  using scratch = new Scratch();
  await using command = new LiveCommand(['mcp', 'run', scratch.file('mcp.toml', toToml(host.url))], { BUILD_TOKEN: host.token });
  await command.printed('there: echo');
  const [session] = host.inspect().server.sessions.filter(({ processes }) => processes.length > 0);
  process.kill(session?.processes[0]?.pid as number, 'SIGKILL');
  await command.printed('there failed: MCP server "there" in environment "build": the program has ended with exit code 137');
});

test('--once ends with what has become of the servers, --json tells it to programs', async () => {
  await using host = await startExecServer();
  using scratch = new Scratch();
  const env = { BUILD_TOKEN: host.token };
  const good = scratch.file('good.toml', toToml(host.url));
  const once = await runCommand(['mcp', 'run', '--once', '--json', good], '', env);
  assert.is(once.code, 0, once.stderr);
  assert.equal(JSON.parse(once.stdout.toString()), [{ name: 'there', environment: 'build', state: 'ready', error: null, tools: ['echo'] }]);
  const bad = await runCommand(['mcp', 'run', '--once', good], '', { BUILD_TOKEN: 'wrong' });
  assert.is(bad.code, 1);
  assert.match(bad.stdout.toString(), /there +build +failed +-\n\nMCP server "there" in environment "build": cannot connect/);
  assert.is(host.inspect().server.liveProcesses, 0);
});

test('a required server that does not start ends it', async () => {
  using scratch = new Scratch();
  const config = scratch.file('mcp.json', JSON.stringify({ mcpServers: { needed: { command: 'no-such-program', required: true } } }));
  const { code, stderr } = await runCommand(['mcp', 'run', config]);
  assert.is(code, 1);
  assert.match(stderr, /Error: MCP server "needed" in environment "local": failed to start/);
});

test('--check prints what the file says, without secrets, and tells mistakes', async () => {
  using scratch = new Scratch();
  const { code, stdout } = await runCommand([
    'mcp',
    'run',
    '--check',
    scratch.file('mcp.toml', toToml('ws://user:pass@host:1/?token=abc')),
  ]);
  assert.is(code, 0);
  const printed = stdout.toString();
  assert.match(printed, /"SECRET": "\(redacted\)"/);
  for (const secret of ['do not print', 'user', 'pass', 'abc']) assert.not.match(printed, new RegExp(secret));
  const mistake = await runCommand(['mcp', 'run', '--check', scratch.file('bad.toml', '[mcp_servers.a]\ncomand = "x"')]);
  assert.is(mistake.code, 1);
  assert.match(mistake.stderr, /bad\.toml: server "a": key "command": a server needs either `command` or `url`/);
});
