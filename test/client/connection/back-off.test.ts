import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { BackOff } from '#client/connection/back-off.js';
import { holds } from '../../harness/property.js';
import { suite } from '../../harness/test.js';

const test = suite('back-off');

test('pauses double from the first to the longest and stay there', () => {
  const backOff = new BackOff({ delayMs: 50, maxDelayMs: 1_000, windowMs: 60_000 }, 7_000);
  const pauses = Array.from({ length: 8 }, () => backOff.next(7_000, 0));
  assert.equal(pauses, [50, 100, 200, 400, 800, 1_000, 1_000, 1_000]);
});

test('chance shortens a pause by up to a half', () => {
  for (const [random, pauseMs] of [
    [0, 100],
    [0.5, 75],
    [1, 50],
  ] as const) {
    assert.is(new BackOff({ delayMs: 100, maxDelayMs: 1_000, windowMs: 10_000 }, 0).next(0, random), pauseMs);
  }
});

test('chance does not change how the pauses grow', () => {
  const backOff = new BackOff({ delayMs: 100, maxDelayMs: 1_000, windowMs: 10_000 }, 0);
  assert.is(backOff.next(0, 1), 50);
  assert.is(backOff.next(0, 0), 200);
});

test('no attempt starts later than the window after the beginning', () => {
  const backOff = new BackOff({ delayMs: 100, maxDelayMs: 1_000, windowMs: 1_000 }, 500);
  assert.is(backOff.next(1_400, 0), 100, 'exactly at the end of the window');
  assert.is(backOff.next(1_400, 0), null);
});

test('time that an attempt itself takes counts', () => {
  const backOff = new BackOff({ delayMs: 100, maxDelayMs: 1_000, windowMs: 1_000 }, 0);
  assert.is(backOff.next(1_001, 1), null);
});

test('a pause that was refused does not make the next one longer', () => {
  const backOff = new BackOff({ delayMs: 100, maxDelayMs: 1_000, windowMs: 150 }, 0);
  assert.is(backOff.next(100, 0), null);
  assert.is(backOff.next(50, 0), 100);
});

test('however long the attempts take, all start within the window, and it is used until no pause fits', () => {
  const cases = fc.record({
    delayMs: fc.integer({ min: 1, max: 500 }),
    factor: fc.integer({ min: 1, max: 20 }),
    windowMs: fc.integer({ min: 0, max: 20_000 }),
    steps: fc.array(fc.record({ tookMs: fc.integer({ min: 0, max: 3_000 }), random: fc.double({ min: 0, max: 1, noNaN: true }) }), {
      minLength: 1,
    }),
  });
  holds(cases, ({ delayMs, factor, windowMs, steps }) => {
    const maxDelayMs = delayMs * factor;
    const backOff = new BackOff({ delayMs, maxDelayMs, windowMs }, 0);
    let nowMs = 0;
    for (const { tookMs, random } of steps) {
      nowMs += tookMs;
      const pauseMs = backOff.next(nowMs, random);
      if (pauseMs === null) return nowMs + maxDelayMs > windowMs;
      if (pauseMs < delayMs / 2 || pauseMs > maxDelayMs || nowMs + pauseMs > windowMs) return false;
      nowMs += pauseMs;
    }
    return true;
  });
});
