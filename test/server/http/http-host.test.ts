import { limits } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { HttpHost } from '#server/http/http-host.js';
import { createCounters } from '#server/telemetry/metrics.js';
import { refusalOf } from '../../harness/failure.js';
import { suite } from '../../harness/test.js';

const test = suite('HTTP host');

const create = (more = {}): HttpHost =>
  new HttpHost({
    limits: { ...limits, httpBufferedBytesPerServer: 10 },
    counters: createCounters(),
    environment: new Map([
      ['A', 'b'],
      ['C', 'd'],
    ]),
    ...more,
  });

test('rules that are none are refused when the server is made', () => {
  assert.throws(() => create({ outbound: { allow: ['a b'] } }), RangeError);
  assert.throws(() => create({ outbound: { deny: ['x:y'] } }), RangeError);
});

test('limits, variables and rules reach those they are for', () => {
  const host = create({ headerVariables: ['A'], outbound: { deny: ['h'] } });
  assert.equal([host.bufferedBodies.take(11), host.headerVariables.read('X', 'A')], [false, 'b']);
  assert.match(
    refusalOf(() => host.headerVariables.read('X', 'C')),
    'cannot use',
  );
  assert.throws(() => host.router.find(new URL('http://h/')), /makes no requests to h/);
});
