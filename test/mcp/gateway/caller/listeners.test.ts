import * as assert from 'uvu/assert';
import type { EventConnection } from '#mcp/gateway/caller/event-connection.js';
import { Listener } from '#mcp/gateway/caller/listeners.js';
import { suite } from '../../../harness/test.js';

const test = suite('mcp listeners');

/** What a listener says, in place of a connection. */
function record() {
  const said: string[] = [];
  const connection = { send: (text: string) => said.push(text), end: () => said.push('end') };
  return { said, connection: connection as unknown as EventConnection };
}

test('A9: a listener says first what it honours, and then only that, with the id of its request as it came', () => {
  const { said, connection } = record();
  const listener = new Listener('k', '9007199254740993', connection, { kinds: ['tools'], uris: ['x:1'] });
  listener.listChanged('tools');
  listener.listChanged('prompts');
  listener.resourceUpdated('{"uri":"x:1"}');
  listener.finish();
  assert.is(said.length, 5);
  assert.match(said[0] ?? '', /subscriptions\/acknowledged.*"toolsListChanged":true.*"resourceSubscriptions":\["x:1"\]/);
  assert.match(said[1] ?? '', /tools\/list_changed/);
  assert.match(said[2] ?? '', /resources\/updated.*x:1/);
  assert.match(said[3] ?? '', /"id":9007199254740993.*"resultType":"complete"/);
  assert.is(said[4], 'end');
  for (const text of said.slice(0, 4)) assert.ok(text.includes('subscriptionId":9007199254740993'), text);
});
