import { ExecClient, OutcomeUnknownError, RpcError, SessionLostError, UnsupportedByServerError } from '@exec-server/client';
import { encodeBase64 } from '@exec-server/protocol';
import { FaultProxy, startExecServer } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { failure } from '../../harness/failure.js';
import { emptyRead } from '../../harness/scripted-process.js';
import { lineBreak, noAnswer, type Script, ScriptedServer } from '../../harness/scripted-server.js';
import { suite } from '../../harness/test.js';

const test = suite('client run');

const base64 = (text: string): string => encodeBase64(Buffer.from(text));

async function connectScripted(script: Script, capabilities: readonly string[] = ['processRun', 'sessionClose']) {
  const server = new ScriptedServer(script, { capabilities });
  const client = await ExecClient.connect(server.openChannel);
  return { server, client, [Symbol.asyncDispose]: () => client.close() };
}

test('one request runs a program; output comes as text or bytes', async () => {
  await using host = await startExecServer();
  const { processId, durationMs, ...rest } = await host.client.run(['sh', '-c', 'printf "ü\\377"; cat >&2; exit 3'], {
    input: 'in',
    cwd: '/',
  });
  assert.equal(rest, { exitCode: 3, signal: null, timedOut: false, stdout: 'ü\ufffd', stderr: 'in', truncated: false });
  assert.equal([typeof processId, durationMs >= 0], ['string', true]);
  const { stdout, stderr } = await host.client.run(['printf', '\\377'], { encoding: 'bytes', processId: 'mine' });
  assert.equal([Buffer.from(stdout), stderr.length], [Buffer.from([0xff]), 0]);
  const { processes } = await host.client.processes.list();
  assert.is(processes.at(-1)?.processId, 'mine');
});

test('terminals, limits and refusals are those of the server', async () => {
  await using host = await startExecServer();
  const terminal = await host.client.run(['stty', 'size'], { tty: { rows: 7, cols: 8 } });
  assert.equal([terminal.stdout, terminal.stderr], ['7 8\r\n', '']);
  const cut = await host.client.run(['seq', '1000'], { maxOutputBytes: 5 });
  assert.equal([cut.stdout, cut.truncated, cut.exitCode], ['1\n2\n3', true, 0]);
  const late = await host.client.run(['sleep', '600'], { timeoutMs: 200 });
  assert.equal([late.timedOut, late.signal, late.exitCode], [true, 'SIGKILL', 137]);
  assert.is((await failure(host.client.run(['no-such-program']), RpcError)).reason, 'startFailed');
});

test('an abort fails the run with its reason and kills the program', async () => {
  await using host = await startExecServer();
  for (const isEarly of [true, false]) {
    const controller = new AbortController();
    const reason = new Error('not wanted');
    const running = host.client.run(['sleep', '600'], { signal: controller.signal, processId: `early ${isEarly}` });
    if (!isEarly) await host.client.processes.attach('early false');
    controller.abort(reason);
    assert.is(await failure(running, Error), reason);
  }
  const { processes } = await host.client.processes.list();
  assert.is(processes.length, 2);
  for (const { processId } of processes) {
    const process = await host.client.processes.attach(processId); // what is read is heard of
    assert.is((await process.closed).signal, 'SIGKILL');
  }
  assert.is(
    await failure(host.client.run(['true'], { signal: AbortSignal.abort(new RangeError('before')) }), RangeError).then(String),
    'RangeError: before',
  );
});

test('a run whose line breaks is read to its end all the same', async () => {
  await using host = await startExecServer();
  await using proxy = await FaultProxy.start(host.url);
  const client = await host.connect({ url: proxy.url });
  const running = client.run(['sh', '-c', 'trap "echo ended >&2; exit 9" USR1; seq 1000; while :; do sleep 0.01; done'], {
    processId: 'p',
  });
  while (!(await client.processes.list()).processes.some(({ nextSeq }) => nextSeq > 1)) await client.environment.status();
  proxy.cut();
  // It is heard of like any other process from now on.
  await (await client.processes.attach('p')).signal('user1');
  const { stdout, stderr, exitCode, truncated } = await running;
  assert.is(stdout, Array.from({ length: 1_000 }, (_, index) => `${index + 1}\n`).join(''));
  assert.equal([stderr.split('\n').at(-2), exitCode, truncated], ['ended', 9, false]); // the shell tells of its `sleep` first
});

test('T4: a lost answer is an unknown outcome when the process, or some of its output, is gone', async () => {
  const gap = { ...emptyRead, chunks: [{ seq: 2, stream: 'stdout', chunk: base64('late') }] } as const;
  for (const read of [
    () => new RpcError('unknownProcess', 'unknown process id'),
    () => ({ ...gap, nextSeq: 5, exited: true, exitCode: 0, closed: true }),
  ]) {
    await using host = await connectScripted({ 'process/run': () => lineBreak, 'process/read': read });
    const error = await failure(host.client.run(['program']), OutcomeUnknownError);
    assert.equal([error.method, host.server.of('process/run').length], ['process/run', 1], 'it is not run twice');
  }
});

test('T4: with the session the outcome is lost', async () => {
  await using host = await connectScripted({
    'process/run': () => lineBreak,
    initialize: ({ resumeSessionId }) =>
      resumeSessionId === undefined || resumeSessionId === null
        ? { sessionId: 's', environmentInfo: { shell: { name: 'sh', path: '/bin/sh' }, capabilities: { processRun: true } } }
        : new RpcError('unknownSession', 'unknown session id s'),
  });
  await failure(host.client.run(['program']), OutcomeUnknownError);
  assert.is((await host.client.ended) instanceof SessionLostError, true);
  await failure(host.client.run(['program']), SessionLostError);
});

test('a lost answer of a run that is over is taken from the log', async () => {
  const chunks = [
    { seq: 1, stream: 'stdout', chunk: base64('out') },
    { seq: 2, stream: 'stderr', chunk: base64('err') },
  ] as const;
  const read = { ...emptyRead, chunks, nextSeq: 5, exited: true, exitCode: 137, signal: 'SIGKILL', timedOut: true, closed: true };
  await using host = await connectScripted({ 'process/run': () => lineBreak, 'process/read': () => read });
  const { stdout, stderr, exitCode, signal, timedOut, truncated } = await host.client.run(['program']);
  assert.equal([stdout, stderr, exitCode, signal, timedOut, truncated], ['out', 'err', 137, 'SIGKILL', true, false]);
});

test('P9: runs take no place among the calls under way', async () => {
  await using host = await connectScripted({ 'process/run': () => noAnswer, 'environment/status': () => ({ status: 'ready' }) });
  const controllers = Array.from({ length: 100 }, () => new AbortController());
  const running = controllers.map(({ signal }) => host.client.run(['program'], { signal }).catch(() => 'aborted'));
  assert.is(await host.client.environment.status(), 'ready');
  assert.is(host.server.of('process/run').length, 100);
  for (const controller of controllers) controller.abort();
  assert.equal(new Set(await Promise.all(running)), new Set(['aborted']));
  await host.server.request('process/terminate', 100);
});

test('on a server without it the process is started and read', async () => {
  await using host = await connectScripted({}, ['processCloseStdin']);
  const { server, client } = host;
  const running = client.run(['program'], { input: 'in', maxOutputBytes: 5, processId: 'p' });
  await server.request('process/closeStdin');
  assert.is(server.of('process/write')[0]?.params['chunk'], base64('in'));
  for (const [seq, stream, text] of [
    [1, 'stdout', 'abc'],
    [2, 'stderr', 'defg'],
    [3, 'stdout', 'h'],
  ] as const)
    server.notify('process/output', { processId: 'p', seq, stream, chunk: base64(text) });
  server.notify('process/exited', { processId: 'p', seq: 4, exitCode: 2 });
  server.notify('process/closed', { processId: 'p', seq: 5 });
  const { stdout, stderr, exitCode, truncated } = await running;
  assert.equal([stdout, stderr, exitCode, truncated], ['abc', 'de', 2, true]);
});

test('on such a server an abort kills too, and input for pipes needs a way to end it', async () => {
  await using host = await connectScripted({}, []);
  const error = await failure(host.client.run(['program'], { input: 'in' }), UnsupportedByServerError);
  assert.equal([error.capability, host.server.of('process/start').length], ['processCloseStdin', 0]);
  const controller = new AbortController();
  const running = host.client.run(['program'], { signal: controller.signal });
  await host.server.request('process/start');
  controller.abort(new RangeError('enough'));
  await failure(running, RangeError);
  await host.server.request('process/terminate');
});
