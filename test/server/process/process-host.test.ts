import * as assert from 'uvu/assert';
import { RpcError } from '@exec-server/protocol';
import { createHost } from '../../harness/fake-child.js';
import { launchRequest, runToEnd } from '../../harness/launching.js';
import { suite } from '../../harness/test.js';

const test = suite('process-host');

test('places are given out up to the limit and taken back', () => {
  const host = createHost({ maxProcesses: 2 });
  host.enter();
  host.enter();
  assert.is(host.live, 2);
  assert.throws(
    () => host.enter(),
    (error: unknown) => error instanceof RpcError && error.reason === 'limitExceeded' && /at most 2/.test(error.message),
  );
  host.leave();
  host.enter();
  assert.is(host.live, 2);
});

test('it launches on pipes or on a terminal, as asked, and counts', async () => {
  const host = createHost();
  const onPipes = await runToEnd(await host.launch(launchRequest(['/bin/sh', '-c', 'test -t 1 || echo pipe'])));
  const onTerminal = await runToEnd(await host.launch(launchRequest(['tty'], { terminal: { rows: 24, cols: 80 } })));
  assert.is(onPipes.output.stdout, 'pipe\n');
  assert.match(onTerminal.output.pty, '/dev/pts/');
  assert.is(host.counters.processesStarted, 2);
  await host.close();
});

test('a start the system refuses is counted as such', async () => {
  const host = createHost();
  const outcome = await host.launch(launchRequest(['/no/such/program'])).then(
    () => 'started',
    () => 'refused',
  );
  assert.is(outcome, 'refused');
  assert.equal([host.counters.processesStarted, host.counters.processStartsFailed], [0, 1]);
  await host.close();
});

test('closing waits until the last place is given back', async () => {
  const host = createHost();
  host.enter();
  let isClosed = false;
  const closing = host.close().then(() => (isClosed = true));
  await new Promise((resolve) => setImmediate(resolve));
  assert.is(isClosed, false);
  host.leave();
  await closing;
});

test('closing does not wait for ever', async () => {
  const host = createHost({ reapGraceMs: 1 });
  host.enter();
  await host.close();
  assert.is(host.live, 1);
});
