import { EventEmitter, once } from 'node:events';
import { limits as defaults } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { ListPatience } from '#mcp/gateway/upstream/list-patience.js';
import type { Entry } from '#mcp/gateway/upstream/listing.js';
import { suite } from '../../../harness/test.js';

const test = suite('patience with lists of upstreams');
const entries: readonly Entry[] = [{ key: 'x', text: '{}' }];

function reasonOf(waiting: Promise<unknown>): Promise<unknown> {
  return waiting.then(
    () => null,
    (error: unknown) => (error as Error).message,
  );
}

test('A7.6: a list that is there is told, and why one is not', async () => {
  const patience = new ListPatience(defaults);
  assert.is(await patience.waitFor(Promise.resolve(entries)), entries);
  assert.is(await reasonOf(patience.waitFor(Promise.reject(new Error('own')))), 'own');
});

test('A7.6: one that is late is waited for once, by all who want it together, and told when it has come', async () => {
  const patience = new ListPatience({ ...defaults, mcpListWaitMs: 30 });
  const signs = new EventEmitter();
  const list = once(signs, 'come').then(() => entries);
  const late = 'it does not answer within 30 ms';
  assert.equal(await Promise.all([reasonOf(patience.waitFor(list)), reasonOf(patience.waitFor(list))]), [late, late]);
  assert.is(await reasonOf(patience.waitFor(list)), late);
  signs.emit('come');
  assert.is(await patience.waitFor(list), entries);
});
