import * as assert from 'uvu/assert';
import { loadMcpConfig, McpConfigError, parseMcpConfig } from '@exec-server/mcp';
import { failure } from '../../harness/failure.js';
import { Scratch } from '../../harness/scratch.js';
import { suite } from '../../harness/test.js';

const test = suite('load-config');

const toml = `
default_environment = "build"

[environments.build]
url = "ws://127.0.0.1:7777"
token_env_var = "BUILD_EXEC_TOKEN"

[mcp_servers.files]
command = "npx"
args = ["-y", "@modelcontextprotocol/server-filesystem", "/workspace"]
cwd = "/workspace"
environment = "build"
env_vars = ["LANG", { name = "GIT_TOKEN", source = "remote" }]
env = { MODE = "\${HOME}" }
startup_timeout_sec = 1.5
tool_timeout_ms = 2500
required = true
enabled_tools = ["read_file"]

[mcp_servers.docs]
url = "http://docs.internal/mcp"
environment = "build"
http_headers = { "X-Team" = "a" }
env_http_headers = { "X-Key" = "DOCS_KEY" }
bearer_token_env_var = "DOCS_TOKEN"
`;

const json = {
  defaultEnvironment: 'build',
  environments: { build: { url: 'ws://127.0.0.1:7777', tokenEnvVar: 'BUILD_EXEC_TOKEN' } },
  mcpServers: {
    files: {
      type: 'stdio',
      command: 'npx',
      args: ['-y', '@modelcontextprotocol/server-filesystem', '/workspace'],
      cwd: '/workspace',
      experimental_environment: 'build',
      envVars: ['LANG', { name: 'GIT_TOKEN', source: 'remote' }],
      env: { MODE: '${HOME}' },
      startupTimeoutMs: 1500,
      toolTimeoutSec: 2.5,
      required: true,
      enabledTools: ['read_file'],
    },
    docs: {
      type: 'streamable-http',
      url: 'http://docs.internal/mcp',
      environmentId: 'build',
      headers: { 'X-Team': 'a' },
      envHttpHeaders: { 'X-Key': 'DOCS_KEY' },
      bearerTokenEnvVar: 'DOCS_TOKEN',
    },
  },
};

test('TOML and JSON, in both ways to write a key, say the same', async () => {
  using scratch = new Scratch();
  const fromToml = await loadMcpConfig(scratch.file('mcp.toml', toml));
  const fromJson = await loadMcpConfig(scratch.file('mcp.json', `\uFEFF${JSON.stringify(json)}`));
  assert.equal({ ...fromToml, file: null }, { ...fromJson, file: null });
  assert.equal(fromToml.environments.get('build'), { name: 'build', url: 'ws://127.0.0.1:7777', tokenEnvVar: 'BUILD_EXEC_TOKEN' });
  assert.equal(fromToml.servers.get('files'), {
    name: 'files',
    transport: 'stdio',
    environment: 'build',
    command: 'npx',
    args: ['-y', '@modelcontextprotocol/server-filesystem', '/workspace'],
    env: { MODE: '${HOME}' },
    envVars: ['LANG', { name: 'GIT_TOKEN', source: 'remote' }],
    cwd: '/workspace',
    startupTimeoutMs: 1_500,
    toolTimeoutMs: 2_500,
    isEnabled: true,
    isRequired: true,
    enabledTools: ['read_file'],
    disabledTools: [],
    protocol: 'legacy',
    toolPrefix: '',
    isolation: 'shared',
  });
  const docs = fromToml.servers.get('docs');
  assert.equal([docs?.protocol, docs?.startupTimeoutMs, docs?.toolTimeoutMs, docs?.isRequired], ['auto', 30_000, 300_000, false]);
});

test('a configuration as other programs have it is taken as it is, and means this machine', () => {
  const { servers, defaultEnvironment } = parseMcpConfig({ mcpServers: { everything: { command: 'npx', args: ['x'] } } });
  const everything = servers.get('everything');
  assert.ok(everything?.transport === 'stdio');
  assert.equal([everything.environment, everything.cwd, defaultEnvironment], ['local', null, null]);
  assert.is(parseMcpConfig({}).servers.size, 0);
});

const stdio = { command: 'x' };
const http = { url: 'http://127.0.0.1/mcp' };
const inServer = (server: object) => ({ mcpServers: { one: server } });

/** What is wrong, and how it is told: the server, the key, the words. */
const mistakes: readonly (readonly [data: unknown, server: string | null, key: string | null, words: RegExp])[] = [
  [inServer({ ...stdio, enviroment: 'build' }), 'one', 'enviroment', /no such key/],
  [inServer({ ...stdio, env_Vars: [] }), 'one', 'env_Vars', /no such key/],
  [inServer({ ...stdio, ...http }), 'one', 'url', /either `command` or `url`, not both/],
  [inServer({ args: [] }), 'one', 'command', /needs either `command` or `url`/],
  [inServer({ ...http, args: [] }), 'one', 'args', /for servers with `command` only/],
  [inServer({ ...http, env: {} }), 'one', 'env', /for servers with `command` only/],
  [inServer({ ...stdio, headers: {} }), 'one', 'headers', /for servers with `url` only/],
  [inServer({ ...http, type: 'sse' }), 'one', 'type', /old SSE transport is not supported/],
  [inServer({ ...http, type: 'stdio' }), 'one', 'type', /./],
  [inServer({ ...stdio, type: 'http' }), 'one', 'type', /./],
  [inServer({ ...stdio, envVars: [], env_vars: [] }), 'one', 'env_vars', /says the same as "envVars"/],
  [inServer({ ...stdio, environment: 'a', environment_id: 'a' }), 'one', 'environment_id', /says the same as "environment"/],
  [inServer({ ...stdio, startup_timeout_sec: 1, startup_timeout_ms: 1 }), 'one', 'startup_timeout_ms', /leave one of them out/],
  [inServer({ ...stdio, startup_timeout_sec: 0 }), 'one', 'startup_timeout_sec', /./],
  [inServer({ ...stdio, tool_timeout_sec: 3e6 }), 'one', 'tool_timeout_sec', /./],
  [inServer({ ...stdio, tool_timeout_sec: '5' }), 'one', 'tool_timeout_sec', /expected number/],
  [inServer({ command: '' }), 'one', 'command', /must not be empty/],
  [inServer({ command: 7 }), 'one', 'command', /expected string/],
  [inServer({ ...stdio, args: ['a', 5] }), 'one', 'args.1', /expected string/],
  [inServer({ ...stdio, args: ['a\0b'] }), 'one', 'args.0', /NUL/],
  [inServer({ ...stdio, env: { PORT: 80 } }), 'one', 'env.PORT', /expected string/],
  [inServer({ ...stdio, env: { 'A=B': '' } }), 'one', 'env.A=B', /./],
  [inServer({ ...stdio, environment: 'build' }), 'one', 'cwd', /environment "build" needs a directory there/],
  [inServer({ ...stdio, env_vars: [{ name: 'A', source: 'remote' }] }), 'one', 'env_vars', /makes no sense for a local server/],
  [inServer({ ...stdio, env_vars: ['A*'] }), 'one', 'env_vars.0', /./],
  [inServer({ url: 'mcp.example.com' }), 'one', 'url', /must be an http: or https: URL/],
  [inServer({ url: 'ftp://example.com' }), 'one', 'url', /must be an http: or https: URL/],
  [inServer({ ...http, headers: { 'a b': 'x' } }), 'one', 'headers.a b', /./],
  [inServer({ ...http, headers: { a: 'x\ny' } }), 'one', 'headers.a', /no header may have/],
  [inServer({ ...stdio, args: ['${NOT_SET}'], expand_env: true }), 'one', 'args.0', /variable NOT_SET is not set/],
  [{ mcpServers: { one: 'npx' } }, 'one', null, /must be a table/],
  [{ mcpServers: { 'a b': stdio } }, 'a b', null, /is no name/],
  [{ mcpServers: { 'name\n': stdio } }, 'name\n', null, /is no name/],
  [{ mcpServer: {} }, null, 'mcpServer', /no such key/],
  [{ environments: { local: { url: 'ws://a' } } }, null, 'environments.local', /is this machine/],
  [{ environments: { build: { url: 'http://a' } } }, null, 'environments.build.url', /must be a ws: or wss: URL/],
  [{ environments: { build: { url: 'ws://a', token: 'x' } } }, null, 'environments.build.token', /no such key/],
  [[], null, null, /must be a table/],
  [null, null, null, /must be a table/],
];

for (const [data, server, key, words] of mistakes) {
  test(`a mistake is told with the file, the server and the key: ${JSON.stringify(data)}`, async () => {
    const error = await failure(
      Promise.resolve().then(() => parseMcpConfig(data, { file: 'some.json', variables: {} })),
      McpConfigError,
    );
    assert.equal([error.file, error.server, error.key], ['some.json', server, key]);
    assert.match(error.message, words);
    assert.match(error.message, /^some\.json: /);
  });
}

test('variables are put into values where that is asked for, for one server or for all', () => {
  const variables = { HOME: '/home/me', PORT: '80' };
  const one = { command: '${HOME}/bin/x', args: ['--port=${PORT}'], env: { A: '${PORT}${PORT}' }, cwd: '$HOME' };
  const read = (data: object) => {
    const server = parseMcpConfig(data, { variables }).servers.get('one');
    assert.ok(server?.transport === 'stdio');
    return [server.command, server.args[0], server.env['A'], server.cwd];
  };
  const expanded = ['/home/me/bin/x', '--port=80', '8080', '$HOME'];
  const literal = ['${HOME}/bin/x', '--port=${PORT}', '${PORT}${PORT}', '$HOME'];
  assert.equal(read({ mcpServers: { one } }), literal);
  assert.equal(read({ mcpServers: { one: { ...one, expandEnv: true } } }), expanded);
  assert.equal(read({ expand_env: true, mcpServers: { one } }), expanded);
  assert.equal(read({ expand_env: true, mcpServers: { one: { ...one, expand_env: false } } }), literal);
});

test('text that cannot be read is told with its place, and not quoted', async () => {
  using scratch = new Scratch();
  const broken = await failure(loadMcpConfig(scratch.file('a.toml', 'ok = 1\nsecret = "x')), McpConfigError);
  assert.match(broken.message, /a\.toml: line 2, column \d+: /);
  assert.not.match(broken.message, /secret/);
  assert.match((await failure(loadMcpConfig(scratch.file('a.json', '{')), McpConfigError)).message, /a\.json: it is no JSON/);
  assert.match((await failure(loadMcpConfig('/no/such/file.toml'), McpConfigError)).message, /file\.toml: it cannot be read/);
});
