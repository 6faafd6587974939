import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { OutputCredit } from '#client/flow/output-credit.js';
import { holds } from '../../harness/property.js';
import { suite } from '../../harness/test.js';

const test = suite('output-credit');

test('the server may always say a window more than was taken, and never much more or less', () =>
  holds(fc.array(fc.record({ bytes: fc.nat(500), taken: fc.nat(500) }), { maxLength: 60 }), (steps) => {
    const window = 1_000;
    let granted = window;
    let received = 0;
    let taken = 0;
    const credit = new OutputCredit(window, window, (bytes) => (granted += bytes));
    for (const step of steps) {
      const bytes = Math.min(step.bytes, granted - received);
      received += bytes;
      taken = Math.min(received, taken + step.taken);
      credit.received(bytes);
      credit.renew(received - taken);
      assert.ok(granted <= taken + window, 'no more than a window is on the way');
      assert.ok(granted > taken + window - window / 4, 'a reader that has taken all is never starved');
    }
  }));

test('a process taken up without a grant gets one', () => {
  const grants: number[] = [];
  const credit = new OutputCredit(100, 0, (bytes) => grants.push(bytes));
  credit.renew(0);
  credit.renew(0);
  assert.equal(grants, [100]);
});
