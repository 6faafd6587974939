import { ExecClient, FsError, InvalidPathError, OutcomeUnknownError, UnsupportedByServerError } from '@exec-server/client';
import { RpcError } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { readAll } from '../../harness/byte-streams.js';
import { failure } from '../../harness/failure.js';
import { lineBreak, type Script, ScriptedServer } from '../../harness/scripted-server.js';
import { ScriptedFiles } from '../../harness/scripted-files.js';
import { suite } from '../../harness/test.js';

const test = suite('fs-client');

const missing = new RpcError({ code: -32004, message: 'No such file or directory (os error 2)' });
const times = { createdAtMs: 0, modifiedAtMs: 1_000 };
const file = { isFile: true, isDirectory: false, isSymlink: false, size: 5, ...times };
const directory = { isFile: false, isDirectory: true, isSymlink: false, size: 4096, ...times };
const done = (): Record<string, never> => ({});

/** Answers on the second connection; on the first the line breaks. */
const once =
  <Result>(result: Result) =>
  (_params: unknown, { connection }: { readonly connection: number }) =>
    connection === 1 ? lineBreak : result;

async function connect(script: Script = {}, capabilities: readonly string[] = []) {
  const server = new ScriptedServer(script, { capabilities });
  const client = await ExecClient.connect(server.openChannel);
  const asked = () => server.requests.slice(1).map(({ method, params }) => [method, params]);
  return { server, client, fs: client.fs, asked, [Symbol.asyncDispose]: () => client.close() };
}

test('what is sent means what node:fs means, whatever the wire has for default', async () => {
  await using host = await connect({ 'fs/createDirectory': done, 'fs/remove': done, 'fs/getMetadata': () => missing });
  await host.fs.mkdir('a');
  await host.fs.mkdir('a', { recursive: true });
  await host.fs.rm('a');
  await host.fs.rm('a', { recursive: true, force: true });
  const path = 'file:///srv/work/a';
  assert.equal(host.asked(), [
    ['fs/createDirectory', { path, recursive: false }],
    ['fs/createDirectory', { path, recursive: true }],
    ['fs/getMetadata', { path }],
    ['fs/remove', { path, recursive: false, force: false }],
    ['fs/remove', { path, recursive: true, force: true }],
  ]);
});

test('a directory is not removed unless with all it contains; a link to one is only a link', async () => {
  for (const [found, isRemoved] of [
    [directory, false],
    [{ ...directory, isSymlink: true }, true],
    [file, true],
  ] as const) {
    await using host = await connect({ 'fs/getMetadata': () => found, 'fs/remove': done });
    const removing = host.fs.rm('/x');
    if (isRemoved) await removing;
    else assert.is((await failure(removing, FsError)).message, "EISDIR: Is a directory, rm '/x'");
    assert.is(host.server.of('fs/remove').length, isRemoved ? 1 : 0);
  }
});

test('a file is never copied onto itself', async () => {
  await using host = await connect({ 'fs/canonicalize': () => ({ path: 'file:///real' }), 'fs/copy': done });
  assert.is((await failure(host.fs.cp('/a', '/b'), FsError)).message, "EINVAL: Source and destination are the same, cp '/a' -> '/b'");
  assert.equal(host.server.of('fs/copy'), []);
  await using other = await connect({ 'fs/canonicalize': ({ path }) => (path.endsWith('b') ? missing : { path }), 'fs/copy': done });
  await other.fs.cp('/a', '/b');
  assert.equal(other.server.of('fs/copy')[0]?.params, { sourcePath: 'file:///a', destinationPath: 'file:///b', recursive: false });
});

test('P2: additions are used when they are announced, and only then', async () => {
  await using host = await connect({ 'fs/rename': done }, ['fsRename']);
  await host.fs.rename('/a', '/b');
  await host.fs.rename('/a', '/b', { overwrite: false });
  assert.equal(host.asked(), [
    ['fs/rename', { from: 'file:///a', to: 'file:///b' }],
    ['fs/rename', { from: 'file:///a', to: 'file:///b', overwrite: false }],
  ]);
  await using plain = await connect();
  assert.is((await failure(plain.fs.rename('/a', '/b'), UnsupportedByServerError)).capability, 'fsRename');
  assert.is((await failure(plain.fs.watch('/a'), UnsupportedByServerError)).capability, 'fsWatch');
  assert.throws(
    () => plain.fs.createWriteStream('/a'),
    (error: unknown) => error instanceof UnsupportedByServerError && error.capability === 'fileWriteStreaming',
  );
  assert.equal(plain.asked(), []);
});

test('T4: what only looks is asked again when the line breaks; what changes something is not', async () => {
  await using stat = await connect({ 'fs/getMetadata': once(file) });
  assert.is((await stat.fs.stat('/x')).size, 5);
  await using readdir = await connect({ 'fs/readDirectory': once({ entries: [] }) });
  assert.equal(await readdir.fs.readdir('/x'), []);
  await using mkdir = await connect({ 'fs/createDirectory': once({}) });
  await failure(mkdir.fs.mkdir('/x'), OutcomeUnknownError);
  await using write = await connect({ 'fs/writeFile': once({}) });
  await failure(write.fs.writeFile('/x', 'y'), OutcomeUnknownError);
  assert.equal([mkdir.server.of('fs/createDirectory').length, write.server.of('fs/writeFile').length], [1, 1]);
});

test('errors name the call and the path as it was given', async () => {
  const script = Object.fromEntries(
    [
      'fs/getMetadata',
      'fs/readDirectory',
      'fs/createDirectory',
      'fs/canonicalize',
      'fs/remove',
      'fs/copy',
      'fs/walk',
      'fs/writeFile',
      'fs/open',
    ].map((name) => [name, () => missing]),
  );
  await using host = await connect(script, ['fileWriteStreaming']);
  const { fs } = host;
  const calls: readonly (readonly [call: () => Promise<unknown>, words: string])[] = [
    [() => fs.stat('a'), "stat 'a'"],
    [() => fs.readFile('a'), "open 'a'"],
    [() => fs.writeFile('a', ''), "open 'a'"],
    [() => fs.readdir('a'), "scandir 'a'"],
    [() => fs.mkdir('a'), "mkdir 'a'"],
    [() => fs.realpath('a'), "realpath 'a'"],
    [() => fs.rm(new URL('file:///a%20b')), "rm '/a b'"],
    [() => fs.cp('a', 'b'), "cp 'a' -> 'b'"],
    [() => fs.walk('a').next(), "walk 'a'"],
    [() => readAll(fs.createReadStream('a')), "open 'a'"],
    [() => fs.createWriteStream('a').getWriter().closed, "open 'a'"],
    [() => fs.stat(''), "stat ''"],
  ];
  for (const [call, words] of calls) assert.is((await failure(call(), FsError)).message, `ENOENT: No such file or directory, ${words}`);
});

test('what cannot be a path is not sent', async () => {
  await using host = await connect();
  await failure(host.fs.stat('a\0'), InvalidPathError);
  await failure(host.fs.readFile(new URL('http://host/')), InvalidPathError);
  assert.equal(host.asked(), []);
  assert.is(host.fs.toUrl('a b').href, 'file:///srv/work/a%20b');
});

test('a signal ends the waiting', async () => {
  await using host = await connect({ 'fs/getMetadata': () => new Promise<never>(() => undefined) });
  const controller = new AbortController();
  const waiting = host.fs.stat('/x', { signal: controller.signal }).catch((error: Error) => error.message);
  controller.abort(new Error('enough'));
  assert.is(await waiting, 'enough');
});

test('text is text and bytes are bytes', async () => {
  const files = new ScriptedFiles();
  files.add('file:///x', Buffer.from([0xef, 0xbb, 0xbf, 0x61, 0xff]));
  await using host = await connect(files.script);
  assert.equal([...(await host.fs.readFile('/x'))], [0xef, 0xbb, 0xbf, 0x61, 0xff]);
  assert.is(await host.fs.readFile('/x', 'utf8'), '\ufeffa\ufffd');
  assert.is(await host.fs.readFile('/x', { encoding: 'utf8' }), '\ufeffa\ufffd');
  const part = await readAll(host.fs.createReadStream('/x', { start: 3, end: 3 }));
  assert.is(part.toString(), 'a');
});
