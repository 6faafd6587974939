import * as assert from 'uvu/assert';
import { createProcess } from '../../harness/fake-child.js';
import { suite } from '../../harness/test.js';

const test = suite('process');

test('P1: output, exit and close share one sequence and are reported in its order', async () => {
  const { child, reports, process } = createProcess();
  child.stdout.say('a');
  child.stderr.say('b');
  await child.exit();
  child.endStreams();
  assert.equal(reports.lines, ['1 stdout a', '2 stderr b', '3 exited', '4 closed']);
  assert.is(process.log.nextSeq, 5);
});

test('T2: output may follow the exit; the close comes last, when every stream has ended', async () => {
  const { child, reports, process } = createProcess();
  await child.exit();
  assert.is(process.state, 'exited');
  child.stdout.say('tail');
  child.stdout.end();
  assert.is(process.state, 'exited', 'a grandchild may hold the other stream');
  child.stderr.say('late');
  child.stderr.end();
  assert.is(process.state, 'closed');
  assert.equal(reports.lines, ['1 exited', '2 stdout tail', '3 stderr late', '4 closed']);
});

test('T2: streams that end before the exit do not close the process', async () => {
  const { child, reports, process } = createProcess();
  child.endStreams();
  assert.is(process.state, 'running');
  await child.exit();
  assert.equal(reports.lines, ['1 exited', '2 closed']);
});

test('T1: the exit code is that of the system, or 128 + N for a death by signal, and null before', async () => {
  const running = createProcess();
  assert.equal([running.process.exitCode, running.process.endSignal], [null, null]);
  for (const code of [0, 1, 127, 255]) {
    const { child, process } = createProcess();
    await child.exit({ code });
    assert.equal([process.exitCode, process.endSignal], [code, null]);
  }
  for (const [signal, code] of [
    ['SIGKILL', 137],
    ['SIGTERM', 143],
    ['SIGSEGV', 139],
    ['SIGINT', 130],
  ] as const) {
    const { child, process } = createProcess();
    await child.exit({ signal });
    assert.equal([process.exitCode, process.endSignal], [code, signal]);
  }
});

test('nothing is reported before it begins, and it begins once', async () => {
  const { child, reports, process } = createProcess();
  process.begin();
  assert.equal([child.stdout.opened, child.stderr.opened], [1, 1]);
  child.stdout.say('once');
  await child.exit();
  child.endStreams();
  process.begin();
  assert.equal(reports.lines, ['1 stdout once', '2 exited', '3 closed']);
});

test('a terminate works once, and not at all on what has ended', async () => {
  const { child, process } = createProcess();
  assert.equal([process.terminate(), process.terminate()], [true, false]);
  await child.exit({ signal: 'SIGKILL' });
  assert.is(process.terminate(), false);
  const ended = createProcess();
  await ended.child.exit();
  assert.is(ended.process.terminate(), false);
  assert.is(ended.child.stdout.isCut, false, 'orphans are left alone (base)');
});

test('after a terminate the streams are cut at the exit, so that the close follows at once', async () => {
  const { child, reports, process } = createProcess();
  process.terminate();
  assert.is(child.stdout.isCut, false, 'not before: what the program said until then counts');
  child.stdout.say('last words');
  await child.exit({ signal: 'SIGKILL' });
  assert.equal(reports.lines, ['1 stdout last words', '2 exited', '3 closed']);
});

test('destroying an exited process cuts the streams somebody still holds', async () => {
  const { child, reports, process } = createProcess();
  await child.exit();
  process.destroy();
  process.destroy();
  assert.equal(reports.lines, ['1 exited', '2 closed']);
});

test('holding reaches every stream until every reason is taken back, and a closed process has none', async () => {
  const { child, process } = createProcess();
  process.flow.hold('congested');
  process.flow.hold('full');
  process.flow.hold('full');
  assert.equal([child.stdout.isPaused, child.stderr.isPaused], [true, true]);
  process.flow.release('full');
  assert.equal([child.stdout.isPaused, child.stderr.isPaused], [true, true]);
  process.flow.release('congested');
  assert.equal([child.stdout.isPaused, child.stderr.isPaused], [false, false]);
  await child.exit();
  child.endStreams();
  process.flow.hold('congested');
  assert.is(child.stdout.isPaused, false);
});

test('a terminal changes its size while the program runs, and not after', async () => {
  const { child, process } = createProcess();
  process.resize({ rows: 10, cols: 20 });
  await child.exit();
  process.resize({ rows: 1, cols: 1 });
  assert.equal(child.sizes, [{ rows: 10, cols: 20 }]);
});

test('a signal to a process that is gone is no error', async () => {
  const { child, process } = createProcess();
  process.signal('SIGINT');
  await child.exit();
  process.signal('SIGINT');
});

test('T1: only a program that was killed has timed out, not one that ended by itself at its last moment', async () => {
  for (const [status, expected] of [
    [{ signal: 'SIGKILL' }, true],
    [{ code: 0 }, false],
  ] as const) {
    const { child, process } = createProcess({ timeoutMs: 1 });
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.is(process.hasTimedOut, false, 'not before its end is known');
    await child.exit(status);
    assert.is(process.hasTimedOut, expected);
    assert.is(child.stdout.isCut, true, 'nobody is waited for after the deadline');
  }
});

test('its stdin is closed when it exits', async () => {
  const { child, process } = createProcess({ hasStdin: true });
  assert.is(process.stdin?.enqueue('1', Buffer.from('x'), new AbortController()), 'accepted');
  await child.exit();
  assert.is(child.stdin?.isClosed, true);
  assert.throws(() => process.stdin?.enqueue('2', Buffer.from('y'), new AbortController()), 'failed to write to process stdin');
  assert.is(createProcess().process.stdin, null);
});

test('what it said stays until it is forgotten, and is counted', async () => {
  const { child, host, process } = createProcess();
  child.stdout.say('12345');
  await child.exit();
  child.endStreams();
  assert.equal([host.retention.bytes, host.counters.outputBytes], [5, 5]);
  process.forget();
  assert.is(host.retention.bytes, 0);
});
