import * as assert from 'uvu/assert';
import { McpConfigError, readUpstreamFile } from '@exec-server/mcp/gateway';
import { Scratch } from '../../harness/scratch.js';
import { suite } from '../../harness/test.js';

const test = suite('mcp upstream file');
const failure = (task: Promise<unknown>) =>
  task.then(
    () => null,
    (error: unknown) => error,
  );

test('A1: the entries of a file that are enabled become upstreams, with what variables hold', async () => {
  using scratch = new Scratch();
  const file = scratch.file(
    'mcp.toml',
    `
[environments.build]
url = "ws://127.0.0.1:1"
[mcp_servers.files]
command = "npx"
args = ["a"]
cwd = "/w"
environment = "build"
env_vars = [{ name = "REMOTE", source = "remote" }]
tool_prefix = "f_"
isolation = "session"
required = true
[mcp_servers.docs]
url = "http://h/mcp"
bearer_token_env_var = "TOKEN"
env_http_headers = { "X-Key" = "KEY" }
enabled_tools = ["a"]
tool_timeout_sec = 7
[mcp_servers.off]
command = "x"
enabled = false
`,
  );
  const read = await readUpstreamFile(file, { TOKEN: 't', KEY: 'k' });
  assert.equal([...read.required], ['files']);
  assert.ok(read.environments.has('build'));
  const [files, docs, ...none] = read.upstreams;
  assert.equal(none, []);
  assert.is(files?.transport === 'stdio' && files.command, 'npx');
  assert.equal(files?.transport === 'stdio' && files.inheritEnv, ['REMOTE']);
  assert.equal([files?.environment, files?.toolPrefix, files?.isolation], ['build', 'f_', 'session']);
  assert.equal(docs?.transport === 'http' && docs.headers, { 'X-Key': 'k', Authorization: 'Bearer t' });
  assert.equal([docs?.enabledTools, docs?.callTimeoutMs, docs?.protocol], [['a'], 7_000, 'auto']);
});

test('B5: what cannot be used is told with its file and its server', async () => {
  using scratch = new Scratch();
  for (const [text, message] of [
    ['[mcp_servers.a]\ncommand = "c"\nenvironment = "nowhere"\ncwd = "/"\n', /nowhere/],
    ['[mcp_servers.a]\ncommand = "c"\nenvironment = "remote"\ncwd = "/"\n', /default environment/],
    ['[mcp_servers.a]\nurl = "http://h/"\nbearer_token_env_var = "NOT_THERE"\n', /NOT_THERE/],
    ['[mcp_servers.a]\ncommand = "c"\nargs = ["a\\u0000"]\n', /NUL/],
    ['[mcp_servers.a]\nurl = "http://h/"\nheaders = { x = "a\\nb" }\n', /header/],
  ] as const) {
    const error = await failure(readUpstreamFile(scratch.file('mcp.toml', text), {}));
    assert.instance(error, McpConfigError, text);
    assert.match((error as Error).message, message);
    assert.match((error as Error).message, /mcp\.toml.*"a"/);
  }
});
