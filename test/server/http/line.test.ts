import * as assert from 'uvu/assert';
import { exchange, withPeer } from '../../harness/http-calls.js';
import { ok } from '../../harness/http-peer.js';
import { suite } from '../../harness/test.js';

const test = suite('line');

test(
  'interim responses are not heard, asked for or not',
  withPeer([`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${ok}`], async (client, peer) => {
    for (let n = 0; n < 2; n++) assert.is(await exchange(client, peer.url), 'head 200 ok ended');
    assert.is(peer.connections, 1);
  }),
);
