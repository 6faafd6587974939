import { limits } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { DiscoveredFiles } from '#server/capability/discovered-files.js';
import { pluginDirectory, readPlugin } from '#server/capability/plugin.js';
import { Scratch } from '../../harness/scratch.js';
import { suite } from '../../harness/test.js';

const test = suite('plugin');

/** What a manifest with these members leads to: contents of both files, and warnings. */
async function read(manifest: string, others: Readonly<Record<string, string>> = {}) {
  using scratch = new Scratch();
  scratch.file('p/.codex-plugin/plugin.json', manifest);
  for (const [name, contents] of Object.entries({ 'p/.mcp.json': 'usual mcp', 'p/.app.json': 'usual apps', ...others }))
    scratch.file(name, contents);
  const files = new DiscoveredFiles(limits, { bytes: 1_000_000 });
  const plugin = await readPlugin(`${scratch.path}/p`, files);
  return [plugin?.mcpConfig?.contents ?? null, plugin?.appsConfig?.contents ?? null, files.warnings.length];
}

test('a plugin has the usual files unless its manifest names others', async () => {
  assert.equal(await read('{"name":"x"}'), ['usual mcp', 'usual apps', 0]);
  assert.equal(await read('{"mcpServers":"./ü/m.json","apps":"./none.json"}', { 'p/ü/m.json': 'named' }), ['named', null, 0]);
  assert.equal(await read('{"mcpServers":{"x":{}},"apps":["./a"]}'), [null, null, 0]);
  assert.equal(await read('{"mcpServers":null}'), ['usual mcp', 'usual apps', 0]);
});

test('S4: a path that leads out of the plugin is left out with a word', async () => {
  for (const path of ['../secret', '/etc/passwd', './../secret', './a/../../secret', 'secret'])
    assert.equal(await read(JSON.stringify({ mcpServers: path }), { secret: 'secret' }), [null, 'usual apps', 1], path);
});

test('a manifest that is no JSON is handed over as it is', async () => {
  for (const manifest of ['{"name":', '[]', '"x"', 'null', '']) assert.equal(await read(manifest), ['usual mcp', 'usual apps', 0]);
});

test('the manifest of this product comes before that of others, and without one there is no plugin', async () => {
  using scratch = new Scratch();
  const files = new DiscoveredFiles(limits, { bytes: 1_000_000 });
  assert.is(await readPlugin(scratch.path, files), null);
  scratch.file('.claude-plugin/plugin.json', 'second');
  assert.is((await readPlugin(scratch.path, files))?.manifest.contents, 'second');
  scratch.file('.codex-plugin/plugin.json', 'first');
  assert.is((await readPlugin(scratch.path, files))?.manifest.contents, 'first');
});

test('a manifest belongs to the directory above its own', () => {
  assert.is(pluginDirectory('/a/b/.codex-plugin'), '/a/b');
  assert.is(pluginDirectory('/a/b'), null);
  assert.is(pluginDirectory('/'), null);
});
