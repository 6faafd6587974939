import * as assert from 'uvu/assert';
import { limits } from '#protocol/limits.js';
import { suite } from '../harness/test.js';

const test = suite('limits');

test('P3: a client that seeks its session gives up before the server ends it', () => {
  assert.ok(limits.resumeWindowMs < limits.detachedSessionMs);
  // The last attempt may begin at the very end of the window and still has to be answered in time.
  assert.ok(
    limits.resumeWindowMs + limits.resumeMaxDelayMs + limits.connectTimeoutMs + limits.initializeTimeoutMs < limits.detachedSessionMs,
  );
});

test('P3: a closed process stays readable as long as its client may take to come back', () => {
  assert.ok(limits.resumeWindowMs < limits.closedProcessMs);
});

test('numbers both peers rely on are those of the base', () => {
  const base = {
    maxFrameBytes: 16_777_216,
    maxMessageBytes: 67_108_864,
    maxJsonDepth: 127,
    maxJsonValues: 262_144,
    pingIntervalMs: 30_000,
    detachedSessionMs: 80_000,
    closedProcessMs: 80_000,
    stdinQueueWrites: 128,
    rememberedWriteIds: 4_096,
    terminalRows: 24,
    terminalCols: 80,
  } as const satisfies Partial<Record<keyof typeof limits, number>>;
  for (const [name, value] of Object.entries(base)) assert.is(limits[name as keyof typeof base], value, name);
});

test('every limit is a whole number above zero', () => {
  for (const [name, value] of Object.entries(limits)) assert.ok(Number.isSafeInteger(value) && value > 0, name);
});

test('limits that depend on each other fit each other', () => {
  assert.ok(limits.outgoingFrameBytes <= limits.maxFrameBytes, 'a peer takes our frames');
  assert.ok(limits.maxFrameBytes <= limits.maxMessageBytes);
  assert.ok(limits.pongTimeoutMs < limits.pingIntervalMs, 'a missed pong is known before the next ping');
  assert.ok(limits.deadPeerMs > 2 * limits.pingIntervalMs, 'one lost ping does not end a connection');
  assert.ok(limits.probeTimeoutMs < limits.resumeWindowMs, 'a contested session is decided while its client still asks');
  assert.ok(limits.outputChunkBytes < limits.outboxHighWaterBytes);
  assert.ok(limits.outputMemoryBytes <= limits.retainedOutputBytes && limits.retainedOutputBytes <= limits.spilledOutputBytesPerServer);
  const inFlight = 2 * limits.outboxHardLimitBytes;
  assert.ok(limits.undeliveredOutputBytes + inFlight <= limits.maxMessageBytes, 'what a client of the base has missed fits one answer');
  assert.ok(limits.resumeDelayMs <= limits.resumeMaxDelayMs);
  const answered = Math.ceil(limits.httpBufferedBodyBytes / 3) * 4 + limits.httpHeadBytes * 6;
  assert.ok(answered <= limits.maxMessageBytes, 'a body that is answered as a whole fits a message, with any head');
  assert.ok(limits.httpBufferedBodyBytes <= limits.httpBufferedBytesPerServer);
});
