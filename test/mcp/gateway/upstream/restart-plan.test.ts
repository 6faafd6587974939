import { limits } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { RestartPlan } from '#mcp/gateway/upstream/restart-plan.js';
import { suite } from '../../../harness/test.js';

const test = suite('restart plan');

test('A4.7: pauses double from 0.5 s to 30 s, and after 10 failures in a row there is no other', () => {
  const plan = new RestartPlan(limits, () => 1);
  const pauses = Array.from({ length: 11 }, () => plan.failed(0));
  assert.equal(pauses, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000, null]);
});

test('A4.7: after 60 s of health it begins at the first pause', () => {
  const plan = new RestartPlan(limits, () => 1);
  for (let i = 0; i < 5; i++) plan.failed(59_999);
  assert.is(plan.failed(60_000), 500);
});

test('A4.7: pauses are spread, so that not all come back at once', () => {
  assert.is(new RestartPlan(limits, () => 0).failed(0), 250);
});
