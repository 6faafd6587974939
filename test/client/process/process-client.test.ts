import { getEventListeners } from 'node:events';
import { ExecClient, RpcError, UnsupportedByServerError } from '@exec-server/client';
import * as assert from 'uvu/assert';
import { readText } from '../../harness/byte-streams.js';
import { failure } from '../../harness/failure.js';
import { emptyRead, startScriptedProcess, turn } from '../../harness/scripted-process.js';
import { type Script, ScriptedServer, type ScriptedServerOptions } from '../../harness/scripted-server.js';
import { suite } from '../../harness/test.js';

const test = suite('process-client');

async function connectScripted(script: Script = {}, options: ScriptedServerOptions = {}) {
  const server = new ScriptedServer(script, options);
  const client = await ExecClient.connect(server.openChannel);
  const paramsOf = (number: number) => server.of('process/start')[number - 1]?.params ?? {};
  return { server, client, processes: client.processes, paramsOf, [Symbol.asyncDispose]: () => client.close() };
}

test('a start without options asks for pipes without input, in the directory of the server, with all but secrets', async () => {
  await using host = await connectScripted();
  await host.processes.start({ argv: ['program', 'argument'] });
  const { processId, ...rest } = host.paramsOf(1);
  assert.match(String(processId), /^[0-9a-f]{8}-[0-9a-f]{4}-4/);
  assert.equal(rest, {
    argv: ['program', 'argument'],
    cwd: 'file:///srv/work',
    env: {},
    tty: false,
    pipeStdin: false,
    arg0: null,
    envPolicy: { inherit: 'all', ignoreDefaultExcludes: false, exclude: [], set: {}, includeOnly: [] },
  });
});

test('a start passes on what it is given', async () => {
  await using host = await connectScripted({}, { capabilities: ['processResize'] });
  const policy = { inherit: 'core', ignoreDefaultExcludes: true, exclude: ['A*'], set: { B: '1' }, includeOnly: [] } as const;
  const rest = { argv: ['sh'], env: { A: 'b' }, stdin: true, arg0: '-sh', processId: 'mine' };
  const process = await host.processes.start({ ...rest, inherit: policy, tty: { rows: 5, cols: 6 } });
  assert.equal([process.id, process.pid, process.isTerminal], ['mine', 4711, true]);
  const { processId, env, tty, pipeStdin, arg0, envPolicy, size } = host.paramsOf(1);
  assert.equal(
    { processId, env, tty, pipeStdin, arg0, envPolicy, size },
    {
      processId: 'mine',
      env: { A: 'b' },
      tty: true,
      pipeStdin: true,
      arg0: '-sh',
      envPolicy: policy,
      size: { rows: 5, cols: 6 },
    },
  );
});

test('a time limit is passed on, and refused where the server knows none', async () => {
  await using host = await connectScripted({}, { capabilities: ['processTimeout'] });
  await host.processes.start({ argv: ['a'], timeoutMs: 1_500 });
  assert.is(host.paramsOf(1)['timeoutMs'], 1_500);
  await using base = await connectScripted();
  const error = await failure(base.processes.start({ argv: ['a'], timeoutMs: 1_500 }), UnsupportedByServerError);
  assert.equal([error.capability, base.server.of('process/start').length], ['processTimeout', 0]);
});

test('directories may be native paths or URIs, and variables inherited or not', async () => {
  await using host = await connectScripted();
  await host.processes.start({ argv: ['a'], cwd: '/a b/ü', inherit: 'none' });
  await host.processes.start({ argv: ['a'], cwd: 'file:///already', inherit: 'core' });
  assert.equal([host.paramsOf(1)['cwd'], host.paramsOf(1)['envPolicy']], ['file:///a%20b/%C3%BC', null]);
  assert.equal([host.paramsOf(2)['cwd'], host.paramsOf(2)['envPolicy']], ['file:///already', { ...policyOf('core') }]);
});

function policyOf(inherit: string) {
  return { inherit, ignoreDefaultExcludes: false, exclude: [], set: {}, includeOnly: [] };
}

test('P2: the size of a terminal is not asked of a server that does not know it, and nothing is started', async () => {
  await using host = await connectScripted();
  const error = await failure(host.processes.start({ argv: ['a'], tty: { rows: 1, cols: 1 } }), UnsupportedByServerError);
  assert.is(error.capability, 'processResize');
  assert.is(host.server.of('process/start').length, 0);
});

test('a refused start is passed on and leaves nothing', async () => {
  const refusal = new RpcError('startFailed', 'No such file or directory (os error 2)', { osError: 'ENOENT' });
  await using host = await connectScripted({ 'process/start': () => refusal });
  const error = await failure(host.processes.start({ argv: ['a'] }), RpcError);
  assert.equal([error.reason, error.detail], ['startFailed', { osError: 'ENOENT' }]);
  assert.equal(host.processes.live, []);
});

test(
  'a start with an id in use fails and leaves the process of that id alone',
  async () => {
    await using host = await startScriptedProcess();
    const error = await failure(host.client.processes.start({ argv: ['another'], processId: 'p' }), RpcError);
    assert.is(error.reason, 'processIdTaken');
    assert.equal(host.client.processes.live, [host.process]);
    host.output(1, 'still heard');
    host.exited(2, 6);
    host.closed(3);
    assert.is(await readText(host.process.stdout), 'still heard');
    assert.is((await host.process.closed).exitCode, 6);
  },
  { timeoutMs: 5_000 },
);

test('a process is live until its close', async () => {
  await using host = await startScriptedProcess();
  assert.equal(host.client.processes.live, [host.process]);
  host.exited(1);
  await host.process.exited;
  assert.is(host.client.processes.live.length, 1);
  host.closed(2);
  await host.process.closed;
  assert.equal(host.client.processes.live, []);
});

test('a signal that has aborted starts nothing', async () => {
  await using host = await connectScripted();
  const reason = new Error('not wanted');
  assert.is(await failure(host.processes.start({ argv: ['a'], signal: AbortSignal.abort(reason) }), Error), reason);
  assert.is(host.server.of('process/start').length, 0);
});

test('a signal that aborts kills the process', async () => {
  const controller = new AbortController();
  await using host = await startScriptedProcess({}, {}, { signal: controller.signal });
  controller.abort();
  const { params } = await host.server.request('process/terminate');
  assert.equal(params, { processId: 'p' });
});

test('a signal that aborts while the start is on its way kills the process as soon as it is there', async () => {
  let answer!: () => void;
  await using host = await connectScripted({
    'process/start': ({ processId }) => new Promise((resolve) => (answer = () => resolve({ processId }))),
  });
  const controller = new AbortController();
  const starting = host.processes.start({ argv: ['a'], signal: controller.signal });
  controller.abort();
  assert.is(host.server.of('process/terminate').length, 0);
  answer();
  const process = await starting;
  assert.equal((await host.server.request('process/terminate')).params, { processId: process.id });
});

test('a process that has ended leaves nothing on the signal', async () => {
  const { signal } = new AbortController();
  await using host = await startScriptedProcess({}, {}, { signal });
  assert.is(getEventListeners(signal, 'abort').length, 1);
  host.exited(1);
  host.closed(2);
  await host.process.closed;
  await turn();
  assert.is(getEventListeners(signal, 'abort').length, 0);
});

test('P7: the server is held back until the last reader that is behind has caught up', async () => {
  await using host = await startScriptedProcess({ 'process/read': () => emptyRead });
  const { server, client } = host;
  const other = await client.processes.start({ argv: ['other'], processId: 'other' });
  const streams = [host.process.stdout, other.stdout];
  for (const processId of ['p', 'other']) {
    const chunk = Buffer.alloc(2 * 1024 * 1024).toString('base64');
    server.channel.deliver({ method: 'process/output', params: { processId, seq: 1, stream: 'stdout', chunk } }, true);
  }
  assert.ok(server.channel.isPaused);
  for (const [index, stream] of streams.entries()) {
    await stream.getReader().read();
    assert.is(server.channel.isPaused, index === 0, `after ${index + 1} of 2 have read`);
  }
});
