import { ExecClient, UnsupportedByServerError } from '@exec-server/client';
import { startExecServer } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { failure } from '../../harness/failure.js';
import { lineBreak, ScriptedServer } from '../../harness/scripted-server.js';
import { suite } from '../../harness/test.js';

const test = suite('environment-client');

test('info, status and load come from the server', async () => {
  await using host = await startExecServer();
  const { environment } = host.client;
  const info = await environment.info();
  assert.equal(info, host.client.environmentInfo);
  assert.is(info.platformOs, 'linux');
  assert.is(await environment.status(), 'ready');
  await host.client.processes.start({ argv: ['sleep', '600'] });
  const { sessions, processes, limits } = await environment.server();
  assert.equal(
    [sessions, processes],
    [
      { attached: 1, detached: 0 },
      { live: 1, retained: 0 },
    ],
  );
  assert.is(limits['pingIntervalMs'], 30_000);
});

test('P2: the load is not asked of a server that does not tell', async () => {
  const server = new ScriptedServer();
  await using client = await ExecClient.connect(server.openChannel);
  const error = await failure(client.environment.server(), UnsupportedByServerError);
  assert.is(error.capability, 'serverStatus');
  assert.is(server.of('server/status').length, 0);
});

test('questions are asked again when the line breaks before the answer', async () => {
  const server = new ScriptedServer({
    'environment/status': (_params, { connection }) => (connection === 1 ? lineBreak : { status: 'ready' }),
  });
  await using client = await ExecClient.connect(server.openChannel);
  assert.is(await client.environment.status(), 'ready');
  assert.is(server.channels.length, 2);
});
