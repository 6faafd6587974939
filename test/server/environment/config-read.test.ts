import { hostname } from 'node:os';
import { createExecServer } from '@exec-server/server';
import * as assert from 'uvu/assert';
import { MemoryClient } from '../../harness/memory-client.js';
import { Scratch } from '../../harness/scratch.js';
import { suite } from '../../harness/test.js';

const test = suite('config-read');

test('the settings of the user are told, as far as they are asked for', async () => {
  using scratch = new Scratch();
  scratch.file('codex/config.toml', 'model = "x"\n[mcp_servers.one]\ncommand = "true"\n');
  await using server = createExecServer({ environment: { HOME: scratch.path, CODEX_HOME: `${scratch.path}/codex` } });
  await using client = await MemoryClient.open(server);
  const read = (configPaths: string[][]) =>
    client.result('environmentConfig/read', { cwd: `file://${scratch.path}`, configPaths, requirementsPaths: [['x']] });
  const { config, requirements, ...rest } = await read([['mcp_servers']]);
  assert.equal(rest, { userHomeDir: `file://${scratch.path}`, codexHomeDir: `file://${scratch.path}/codex`, hostname: hostname() });
  assert.equal(
    config.layers.filter(({ source }) => source.startsWith('user')),
    [
      {
        source: `user (${scratch.path}/codex/config.toml)`,
        baseDir: `file://${scratch.path}/codex`,
        toml: '[mcp_servers.one]\ncommand = "true"\n',
      },
    ],
  );
  assert.ok(requirements.layers.length <= 1);
  assert.equal(
    (await read([['nothing there']])).config.layers.filter(({ source }) => source.startsWith('user')),
    [],
  );
});

test('without a home of its own the usual place is looked at', async () => {
  using scratch = new Scratch();
  scratch.file('.codex/config.toml', 'a = 1');
  await using server = createExecServer({ environment: { HOME: scratch.path } });
  await using client = await MemoryClient.open(server);
  const params = { cwd: 'file:///', configPaths: [['a']], requirementsPaths: [] };
  const { codexHomeDir, config } = await client.result('environmentConfig/read', params);
  assert.is(codexHomeDir, `file://${scratch.path}/.codex`);
  assert.ok(config.layers.some(({ toml }) => toml === 'a = 1\n'));
});

test('what cannot be asked is refused, what cannot be read is told', async () => {
  using scratch = new Scratch();
  scratch.file('.codex/config.toml', 'a = = 1');
  await using server = createExecServer({ environment: { HOME: scratch.path } });
  await using client = await MemoryClient.open(server);
  const outcome = (params: object) =>
    client.refusal('environmentConfig/read', { cwd: 'file:///', configPaths: [], requirementsPaths: [], ...params });
  assert.equal(await outcome({}), [-32602, 'at least one config or requirements path is required']);
  for (const params of [{ configPaths: [[]] }, { requirementsPaths: [['a'], []] }])
    assert.equal(await outcome(params), [-32602, 'TOML paths must contain at least one key segment']);
  assert.equal(await outcome({ cwd: 'file://host/x', configPaths: [['a']] }), [
    -32602,
    `'file://host/x' is invalid on '${process.platform}'`,
  ]);
  const [code, message] = await outcome({ configPaths: [['a']] });
  assert.is(code, -32603);
  assert.match(message ?? '', `failed to load executor-local config: ${scratch.path}/.codex/config.toml:1:5: `);
});

test('it wants the handshake first', async () => {
  await using server = createExecServer();
  await using client = new MemoryClient(server);
  const params = { cwd: 'file:///', configPaths: [['a']], requirementsPaths: [] };
  assert.match((await client.refusal('environmentConfig/read', params))[1] ?? '', 'before using environment config methods');
});
