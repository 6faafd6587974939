import * as assert from 'uvu/assert';
import { isTable, parseToml, selectPaths, writeToml } from '#server/environment/toml.js';
import { failure } from '../../harness/failure.js';
import { suite } from '../../harness/test.js';

const test = suite('toml');

const text = `
model = "x"
whole = 9223372036854775807
part = 1.0
when = 2024-01-01T00:00:00Z
list = [1, 2, { z = 1 }]
__proto__ = "a name like any other"
[servers.one]
command = "true"
env = { A = "1" }
[servers."with.dot"]
url = "http://x/"
`;

async function select(...paths: string[][]): Promise<string | null> {
  const selected = selectPaths(await parseToml(text), paths);
  return selected && (await writeToml(selected)).replaceAll(/\s+/g, ' ').trim();
}

test('what is read is written as what it was', async () => {
  const table = await parseToml(text);
  assert.equal(await parseToml(await writeToml(table)), table);
  assert.match(await writeToml(table), /whole = 9223372036854775807\npart = 1\.0\n/);
});

test('paths of keys select values, tables, and the way to them', async () => {
  assert.is(await select(['model']), 'model = "x"');
  assert.is(await select(['servers', 'one', 'command'], ['part']), 'part = 1.0 [servers.one] command = "true"');
  assert.is(await select(['servers', 'with.dot']), '[servers."with.dot"] url = "http://x/"');
  assert.is(await select(['servers', 'one'], ['servers', 'one', 'command']), '[servers.one] command = "true" [servers.one.env] A = "1"');
  assert.is(await select(['__proto__']), '__proto__ = "a name like any other"');
});

test('a path that leads nowhere selects the tables on its way, one behind a value the value', async () => {
  assert.is(await select(['servers', 'none']), '[servers]');
  assert.is(await select(['model', 'x']), 'model = "x"');
  for (const key of ['none', 'toString', 'constructor', '']) assert.is(await select([key]), null);
});

test('a fault is told with its place', async () => {
  assert.match((await failure(parseToml('a = 1\nx = = 1'), Error)).message, /^2:5: /);
});

test('tables are told from dates and lists', async () => {
  const { when, list, servers } = await parseToml(text);
  assert.equal([when, list, servers, null, 'x'].map(isTable), [false, false, true, false, false]);
});
