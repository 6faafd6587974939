import { limits } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { fetchList } from '#mcp/gateway/upstream/listing.js';
import type { Outcome } from '#mcp/gateway/upstream/peer.js';
import { GatewayHost } from '../../../harness/mcp-gateway.js';
import { suite } from '../../../harness/test.js';

const test = suite('mcp upstream lists');

test('A4.3: an upstream without tools has none, and that is no error', async () => {
  await using host = await GatewayHost.start();
  const answer = await host.scripted('one', ['--set', '{"capabilities":{}}']);
  assert.equal(answer['tools'], []);
});

test('A4.3: an endless list fails the registration, by its pages, its entries or a cursor that comes again', async () => {
  await using host = await GatewayHost.start({ limits: { mcpUpstreamListPages: 50 } });
  const pages = await host.register('pages', 'endless-list');
  assert.is(pages.status, 502);
  assert.match(String(pages.json['message']), /50 pages/);
  assert.is(host.server.inspect().liveProcesses, 0);
});

/** A list of so many pages with so many tools each. */
function ask(pages: number, perPage: number) {
  let page = 0;
  return (params: string): Promise<Outcome> => {
    assert.is(params, page === 0 ? '{}' : `{"cursor":"${page}"}`);
    const tools = Array.from({ length: perPage }, (_, i) => ({ name: `t${page}-${i}` }));
    page++;
    return Promise.resolve({ result: JSON.stringify(page < pages ? { tools, nextCursor: String(page) } : { tools }) });
  };
}
const fetchTools = (fetchPage: (params: string) => Promise<Outcome>) =>
  fetchList('tools', { ask: fetchPage, warn: () => undefined, limits });
const answers =
  (...texts: string[]) =>
  () =>
    Promise.resolve({ result: texts.shift() ?? '{}' });
const failure = (task: Promise<unknown>) =>
  task.then(
    () => '',
    (error: Error) => error.message,
  );

test('A4.3, part D: 10 000 entries and 1 000 pages are a list; one more of either is not', async () => {
  assert.is((await fetchTools(ask(1_000, 10))).length, 10_000);
  assert.match(await failure(fetchTools(ask(1, 10_001))), /more than 10000 entries/);
  assert.match(await failure(fetchTools(ask(11, 1_000))), /more than 10000 entries/);
  assert.match(await failure(fetchTools(ask(1_001, 1))), /more than 1000 pages/);
});

test('A4.3: a cursor that was there before, an error and what is no list end it', async () => {
  assert.match(
    await failure(fetchTools(answers('{"tools":[],"nextCursor":"a"}', '{"tools":[],"nextCursor":"b"}', '{"tools":[],"nextCursor":"a"}'))),
    /second time/,
  );
  assert.match(await failure(fetchTools(() => Promise.resolve({ error: '{"code":-32603,"message":"broken"}' }))), /broken/);
  for (const text of ['{}', '{"tools":{}}', '[]', 'null']) assert.match(await failure(fetchTools(answers(text))), /no array/, text);
});

test('A6: an entry comes out as it came; a second of one name, and one without, are left out with a warning', async () => {
  const warnings: string[] = [];
  const first = '{"name":"a","x":9007199254740993,"name2":1.0}';
  const result = `{"tools":[${first},{"name":"a"},{"title":"?"},7,{"name":"b"}]}`;
  const entries = await fetchList('tools', { ask: () => Promise.resolve({ result }), warn: (problem) => warnings.push(problem), limits });
  assert.equal(
    entries.map(({ key }) => key),
    ['a', 'b'],
  );
  assert.is(entries[0]?.text, first);
  assert.is(warnings.length, 3);
});

test('A4.3: an upstream with prompts and resources only is none without tools', async () => {
  await using host = await GatewayHost.start();
  const set = '{"capabilities":{"prompts":{},"resources":{}}}';
  const answer = await host.scripted('one', ['--set', set, '--prompts', 'p', '--resources', 'x:1']);
  assert.equal(answer['tools'], []);
  const session = await host.session();
  assert.match(JSON.stringify((await session.request('prompts/list')).result), /"p"/);
  assert.match(JSON.stringify((await session.request('resources/list')).result), /x:1/);
});
