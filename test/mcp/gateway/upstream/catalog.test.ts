import { limits } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { Catalog, toVisible, type VisibleEntry } from '#mcp/gateway/upstream/catalog.js';
import { checkUpstreamConfig } from '#mcp/gateway/upstream/config.js';
import type { Upstream } from '#mcp/gateway/upstream/upstream.js';
import { suite } from '../../../harness/test.js';

const test = suite('mcp catalog');

function upstream(name: string, more: Readonly<Record<string, unknown>> = {}): Upstream {
  const config = checkUpstreamConfig({ name, transport: 'stdio', command: 'c', ...more });
  return { config, name } as unknown as Upstream; // nothing else of it is looked at
}
const listed = (...names: string[]) => names.map((key) => ({ key, text: `{"name":"${key}","n":1.0}` }));
const visible = (owner: Upstream, ...names: string[]): VisibleEntry[] => toVisible(owner, 'tools', listed(...names));

test('A6: a prefix stands before names, filters go by the own names, and nothing else of a definition changes', () => {
  const one = upstream('one', { toolPrefix: 'p_', enabledTools: ['a', 'b'], disabledTools: ['b'] });
  assert.equal(
    visible(one, 'a', 'b', 'c').map(({ key, originalKey, text }) => [key, originalKey, text]),
    [['p_a', 'a', '{"name":"p_a","n":1.0}']],
  );
  assert.equal(
    toVisible(one, 'prompts', listed('b')).map(({ key }) => key),
    ['p_b'],
  );
  assert.equal(
    toVisible(one, 'resources', listed('x:1')).map(({ key }) => key),
    ['x:1'],
  );
  assert.throws(() => visible(upstream('two', { toolPrefix: 'p_' }), 'a b'), /p_a b/);
  assert.is(visible(upstream('three'), 'a b')[0]?.key, 'a b');
});

test('A6: the first who has a name keeps it; the name of the other is hidden', () => {
  const [one, two] = [upstream('one'), upstream('two')];
  const catalog = new Catalog('tools', [...visible(one, 'a', 'b'), ...visible(two, 'b', 'c')], limits);
  assert.is(catalog.find('b')?.upstream, one);
  assert.equal([catalog.visibleOf(two), catalog.hiddenOf(two), catalog.hiddenOf(one)], [['c'], ['b'], []]);
});

test('A6: a page has a thousand entries; a cursor holds as long as the entry it stands behind', () => {
  const one = upstream('one');
  const names = Array.from({ length: 1_001 }, (_, i) => `t${i}`);
  const catalog = new Catalog('tools', visible(one, ...names), limits);
  const first = new Map(catalog.page(undefined, 'tools') ?? []);
  assert.is((JSON.parse(first.get('tools') ?? '[]') as unknown[]).length, 1_000);
  const cursor = JSON.parse(first.get('nextCursor') ?? '""') as string;
  assert.match(new Map(catalog.page(cursor, 'tools') ?? []).get('tools') ?? '', /^\[\{"name":"t1000"/);
  for (const stale of [
    'x',
    '',
    Buffer.from('{"tools":"gone"}').toString('base64url'),
    Buffer.from('{"prompts":"t1"}').toString('base64url'),
    Buffer.from('null').toString('base64url'),
  ])
    assert.is(catalog.page(stale, 'tools'), null, stale);
});

test('A4.7: two catalogs are the same when callers see the same in the same order', () => {
  const one = upstream('one');
  const catalog = (...names: string[]) => new Catalog('tools', visible(one, ...names), limits);
  assert.ok(catalog('a', 'b').equals(catalog('a', 'b')));
  assert.ok(catalog().equals(catalog()));
  for (const other of [catalog('b', 'a'), catalog('a'), catalog('a', 'c')]) assert.not.ok(catalog('a', 'b').equals(other));
});
