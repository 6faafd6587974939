import type { IncomingMessage } from 'node:http';
import * as assert from 'uvu/assert';
import { listsWord, wantsWebSocket } from '#server/listen/upgrade-offer.js';
import { suite } from '../../harness/test.js';

const test = suite('upgrade offer');
const request = (method: string, upgrade: string) => ({ method, headers: { upgrade } }) as unknown as IncomingMessage;

test('a word stands in a list in any case, and whole', () => {
  assert.ok(listsWord('keep-alive, Upgrade', 'upgrade'));
  assert.ok(listsWord('WebSocket', 'websocket'));
  for (const value of [undefined, '', 'upgrades', 'up grade']) assert.not.ok(listsWord(value, 'upgrade'));
});

test('a WebSocket is wanted by GET, and by nothing that merely offers another protocol', () => {
  assert.ok(wantsWebSocket(request('GET', 'h2c, websocket')));
  assert.not.ok(wantsWebSocket(request('GET', 'h2c')));
  assert.not.ok(wantsWebSocket(request('POST', 'websocket')));
});
