import { ExecClient, FsError, SessionLostError, UnsupportedByServerError } from '@exec-server/client';
import { limits, RpcError } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { failure } from '../../harness/failure.js';
import { lineBreak, type Script, ScriptedServer } from '../../harness/scripted-server.js';
import { suite } from '../../harness/test.js';

const test = suite('file-watches');

const script: Script = { 'fs/watch': () => ({}), 'fs/unwatch': () => ({}) };
const capabilities = ['sessionClose', 'fsWatch'];
const uris = (...names: readonly string[]): string[] => names.map((name) => `file:///srv/${name}`);
const named = (...names: readonly string[]): unknown[] => names.map((name) => ({ path: `/srv/${name}`, uri: `file:///srv/${name}` }));

async function connect(answers: Script = {}) {
  const server = new ScriptedServer({ ...script, ...answers }, { capabilities });
  const client = await ExecClient.connect(server.openChannel);
  const notify = (version: number, paths: readonly string[], resync = false, ended?: true): void =>
    server.notify('fs/changed', { watchId: String(server.of('fs/watch').at(-1)?.params['watchId']), version, paths, resync, ended });
  return { server, client, notify, [Symbol.asyncDispose]: () => client.close() };
}

test('changes come in order, and leaving the loop ends the watch', async () => {
  await using host = await connect();
  const watch = await host.client.fs.watch('/srv', { recursive: true });
  assert.equal(host.server.of('fs/watch')[0]?.params, { watchId: 'watch-1', path: 'file:///srv', recursive: true });
  host.notify(1, uris('a', 'b'));
  for await (const change of watch) {
    assert.equal(change, { changed: named('a', 'b'), resync: false, ended: false });
    break;
  }
  assert.equal(host.server.of('fs/unwatch')[0]?.params, { watchId: 'watch-1' });
  assert.is(await watch.next(), null);
});

test('a name that is no text is told as its URI', async () => {
  await using host = await connect();
  await using watch = await host.client.fs.watch('/srv');
  host.notify(1, ['file:///srv/%FF']);
  assert.equal(await watch.next(), { changed: [{ path: 'file:///srv/%FF', uri: 'file:///srv/%FF' }], resync: false, ended: false });
});

test('a slow reader gets what came meanwhile joined, each path once', async () => {
  await using host = await connect();
  await using watch = await host.client.fs.watch('/srv');
  host.notify(1, uris('a'));
  host.notify(2, uris('b', 'a'));
  await host.client.environment.status().catch(() => undefined); // the script refuses, behind the notifications
  assert.equal(await watch.next(), { changed: named('a', 'b'), resync: false, ended: false });
});

test('T3: what may be missing is told: a hole in the versions, a server that lost track, a reader far behind', async () => {
  await using host = await connect();
  await using watch = await host.client.fs.watch('/srv');
  host.notify(2, uris('a'));
  assert.equal(await watch.next(), { changed: named('a'), resync: true, ended: false });
  host.notify(3, [], true);
  assert.equal(await watch.next(), { changed: [], resync: true, ended: false });
  host.notify(4, uris(...Array.from({ length: limits.watchedChanges + 1 }, (_, index) => String(index))));
  assert.equal(await watch.next(), { changed: [], resync: true, ended: false });
  host.notify(5, uris('b'));
  assert.equal(await watch.next(), { changed: named('b'), resync: false, ended: false });
});

test('T3: when the server ends the watch, that is the last that is told', async () => {
  await using host = await connect();
  const watch = await host.client.fs.watch('/srv');
  host.notify(1, uris('a'), false, true);
  const changes = [];
  for await (const change of watch) changes.push(change);
  assert.equal(changes, [{ changed: named('a'), resync: true, ended: true }]);
  host.server.cut();
  await host.client.environment.status().catch(() => undefined);
  assert.equal([host.server.of('fs/unwatch'), host.server.of('fs/watch').length], [[], 1], 'nothing is left of it');
});

test('T3: after the line broke the watch is set up again, and everything has to be looked at', async () => {
  await using host = await connect();
  await using watch = await host.client.fs.watch('/srv');
  host.notify(1, uris('a'));
  await watch.next();
  host.server.cut();
  assert.equal(await watch.next(), { changed: [], resync: true, ended: false });
  assert.equal(
    host.server.of('fs/watch').map(({ connection, params }) => [connection, params['watchId']]),
    [
      [1, 'watch-1'],
      [2, 'watch-1'],
    ],
  );
  host.notify(1, uris('b'));
  assert.equal(await watch.next(), { changed: named('b'), resync: false, ended: false });
});

test('a watch whose answer was lost with the line is there all the same', async () => {
  await using host = await connect({ 'fs/watch': (_params, { connection }) => (connection === 1 ? lineBreak : {}) });
  await using watch = await host.client.fs.watch('/srv');
  host.notify(1, uris('a'));
  const first = await watch.next();
  assert.equal((first?.resync ? await watch.next() : first)?.changed, named('a'));
});

test('what cannot be watched any more after the line broke is an error of the reader', async () => {
  const gone = new RpcError({ code: -32004, message: 'No such file or directory (os error 2)' });
  await using host = await connect({ 'fs/watch': (_params, { connection }) => (connection === 1 ? {} : gone) });
  const watch = await host.client.fs.watch('/srv');
  host.server.cut();
  assert.is((await failure(watch.next(), FsError)).code, 'ENOENT');
});

test('P5: with the session the watch ends', async () => {
  await using host = await connect();
  const watch = await host.client.fs.watch('/srv');
  const waiting = failure(watch.next(), SessionLostError);
  host.server.unreachable = new RpcError('unknownSession', 'unknown session');
  host.server.cut();
  await waiting;
});

test('a signal ends it with its reason', async () => {
  await using host = await connect();
  const controller = new AbortController();
  const watch = await host.client.fs.watch('/srv', { signal: controller.signal });
  const waiting = watch.next().catch((error: Error) => error.message);
  controller.abort(new Error('enough'));
  assert.is(await waiting, 'enough');
  await host.server.request('fs/unwatch');
  await failure(host.client.fs.watch('/srv', { signal: controller.signal }), Error);
  assert.is(host.server.of('fs/watch').length, 1);
});

test('what cannot be watched is an error, and nothing is left of it', async () => {
  await using host = await connect({ 'fs/watch': () => new RpcError({ code: -32004, message: 'No such file or directory (os error 2)' }) });
  const error = await failure(host.client.fs.watch('/srv/x'), FsError);
  assert.is(error.message, "ENOENT: No such file or directory, watch '/srv/x'");
});

test('P2: a server that cannot watch is not asked to', async () => {
  const server = new ScriptedServer(script);
  await using client = await ExecClient.connect(server.openChannel);
  assert.is((await failure(client.fs.watch('/srv'), UnsupportedByServerError)).capability, 'fsWatch');
  assert.is(server.of('fs/watch').length, 0);
});
