import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { limits } from '@exec-server/protocol';
import { methods, notifications } from '@exec-server/protocol/schemas';
import { createExecServer } from '@exec-server/server';
import * as assert from 'uvu/assert';
import { suite } from '../harness/test.js';
import { readRoom, readText } from './sources.js';

const test = suite('house');
const sources = ['protocol', 'server', 'client', 'mcp', 'cli'].flatMap(readRoom);

test('no source file is longer than 300 lines, but for the generated one', () => {
  const long = [...sources, ...readRoom('test'), ...readRoom('bench')].filter(
    ({ path, text }) => path !== 'protocol/wire.ts' && text.split('\n').length > 301,
  );
  assert.equal(
    long.map(({ path }) => path),
    [],
  );
});

test('no file has a name that says nothing', () => {
  const empty = /^(?:utils?|helpers?|common|misc|managers?|base|impl|data|info|types)\.ts$/;
  assert.equal(
    sources.map(({ path }) => path).filter((path) => empty.test(path.split('/').at(-1) ?? '')),
    [],
  );
});

test('every limit is used, and says what it is for', () => {
  const text = sources
    .filter(({ path }) => !/^protocol\/(?:mcp-)?limits\.ts$/.test(path))
    .map((source) => source.text)
    .join('\n');
  const unused = Object.keys(limits).filter((name) => !new RegExp(`\\b${name}\\b`).test(text));
  assert.equal(unused, []);
  const undocumented = (readText('protocol/limits.ts') + readText('protocol/mcp-limits.ts')).match(/[^/]\n {2}(?:\w+): /g) ?? [];
  assert.ok(undocumented.length < Object.keys(limits).length / 4, 'most limits have a comment right above them');
});

test('every method and notification is on the protocol page, and the page and the types are up to date', () => {
  const page = readText('docs/protocol.md');
  for (const name of [...Object.keys(methods), ...Object.keys(notifications)]) assert.ok(page.includes(`### \`${name}\``), name);
  const script = fileURLToPath(new URL('../../../scripts/write-protocol.mjs', import.meta.url));
  execFileSync(process.execPath, [script, '--check'], { stdio: 'pipe' });
});

test('every source file of the gateway that does something has a test of its name', () => {
  const names = new Set(readRoom('test').map(({ path }) => path));
  const does = /^(?:export )?(?:async )?(?:class|function|const)\b/m;
  const untested = sources.filter(
    ({ path, text }) => path.startsWith('mcp/gateway/') && does.test(text) && !names.has(`test/${path.replace(/\.ts$/, '.test.ts')}`),
  );
  assert.equal(
    untested.map(({ path }) => path),
    [],
  );
});

test('every method is tried by a test', () => {
  const tests = readRoom('test')
    .map(({ text }) => text)
    .join('\n');
  assert.equal(
    Object.keys(methods).filter((name) => !tests.includes(`'${name}'`)),
    [],
  );
});

test('every capability of the method table is announced', async () => {
  await using server = createExecServer();
  const channel = server.connect();
  const answer = new Promise<string>((resolve) => channel.open({ message: resolve, drained: () => undefined, closed: () => undefined }));
  channel.send(JSON.stringify({ id: 1, method: 'initialize', params: { clientName: 'test' } }));
  const { capabilities } = (JSON.parse(await answer) as { result: { environmentInfo: { capabilities: Record<string, boolean> } } }).result
    .environmentInfo;
  const named = Object.values(methods).flatMap(({ capability }) => (capability === null ? [] : [capability]));
  for (const name of named) assert.is(capabilities[name], true, name);
});

test('the library has no comment that excuses itself', () => {
  const odd = sources.filter(({ text }) => /\bTODO\b|\bFIXME\b|\bHACK\b|@ts-(?:ignore|nocheck)|\bas any\b/.test(text));
  assert.equal(
    odd.map(({ path }) => path),
    [],
  );
});
