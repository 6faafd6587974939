import { createExecServer } from '@exec-server/server';
import * as assert from 'uvu/assert';
import { isHealthRoute } from '#server/listen/health.js';
import { MemoryClient } from '../../harness/memory-client.js';
import { ask, withListener } from '../../harness/raw-http.js';
import { suite } from '../../harness/test.js';
import { startParams } from '../../harness/wire-client.js';

const test = suite('health');

test('three paths are health routes, one of them guarded', () => {
  assert.equal(['/readyz', '/livez', '/metrics'].map(isHealthRoute), ['open', 'open', 'guarded']);
  for (const path of ['/', '', '/healthz', '/readyz/', '/READYZ', '/metrics/x', '__proto__']) assert.is(isHealthRoute(path), false);
});

test('the numbers are served for Prometheus and follow what happens', () =>
  withListener(async (url, server) => {
    await using client = await MemoryClient.open(server);
    await client.request('process/start', startParams('p', ['echo', '1234']));
    await client.eventsOf('p');
    const { status, headers, body } = await ask(url, { path: '/metrics?x' });
    assert.equal([status, headers['content-type']?.split(';')[0]], [200, 'text/plain']);
    for (const line of [
      'processes_started_total 1',
      'output_bytes_total 5',
      'retained_output_bytes 5',
      'processes_retained 1',
      'processes_live 0',
      'sessions_attached 1',
      'connections 1',
    ]) {
      assert.match(body, `\nexec_server_${line}\n`);
    }
  }));

test('numbers take GET and HEAD only', () =>
  withListener(async (url) => {
    const head = await ask(url, { method: 'HEAD', path: '/metrics' });
    assert.equal([head.status, head.body], [200, '']);
    assert.ok(Number(head.headers['content-length']) > 100);
    const post = await ask(url, { method: 'DELETE', path: '/metrics' });
    assert.equal([post.status, post.headers['allow']], [405, 'GET,HEAD']);
  }));

test('S3: the numbers name no process, no session and no command', async () => {
  await withListener(async (url, server) => {
    await using client = await MemoryClient.open(server);
    await client.request(
      'process/start',
      startParams('very-private-id', ['sleep', '60'], { env: { PATH: process.env['PATH'] ?? '', SECRET: 'hunter2' } }),
    );
    const { body } = await ask(url, { path: '/metrics' });
    for (const word of ['very-private-id', 'sleep', 'hunter2', server.inspect().sessions[0]?.id ?? 'no session'])
      assert.not.match(body, word);
  });
});

test('a closing server does not listen any more', async () => {
  const server = createExecServer();
  const url = await server.listen();
  await server.close();
  const outcome = await ask(url, { path: '/readyz' }).then(
    ({ status }) => status,
    (error: NodeJS.ErrnoException) => error.code,
  );
  assert.is(outcome, 'ECONNREFUSED');
});
