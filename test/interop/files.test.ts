import { randomBytes } from 'node:crypto';
import * as local from 'node:fs/promises';
import { join } from 'node:path';
import { connect, type ExecClient, FsError, UnsupportedByServerError } from '@exec-server/client';
import * as assert from 'uvu/assert';
import { readAll, sha256, writeAll } from '../harness/byte-streams.js';
import { failure } from '../harness/failure.js';
import { Scratch } from '../harness/scratch.js';
import { suite } from '../harness/test.js';
import { servers } from './servers.js';

const test = suite('files on servers');

const MiB = 1024 * 1024;

/** The code of the error a call ends with. */
async function codeOf(call: Promise<unknown>): Promise<string | undefined> {
  return call.then(
    () => 'no error',
    (error: NodeJS.ErrnoException) => error.code ?? error.message,
  );
}

/** Calls that have to end with the same code here and there, with a directory of files in it. */
const refused: readonly (readonly [title: string, call: (fs: ExecClient['fs'], directory: string) => Promise<unknown>])[] = [
  ['readFile of what is not there', (fs, d) => fs.readFile(`${d}/nope`)],
  ['readFile below a file', (fs, d) => fs.readFile(`${d}/file/x`)],
  ['readFile of a directory', (fs, d) => fs.readFile(`${d}/directory`)],
  ['readFile of a link to a directory', (fs, d) => fs.readFile(`${d}/to-directory`)],
  ['readFile of a link that leads nowhere', (fs, d) => fs.readFile(`${d}/dangling`)],
  ['readFile of a link that leads to itself', (fs, d) => fs.readFile(`${d}/loop`)],
  ['readFile of no name', (fs) => fs.readFile('')],
  ['readFile of a name that is too long', (fs, d) => fs.readFile(`${d}/${'x'.repeat(300)}`)],
  ['writeFile over a directory', (fs, d) => fs.writeFile(`${d}/directory`, 'x')],
  ['writeFile into what is not there', (fs, d) => fs.writeFile(`${d}/nope/x`, 'x')],
  ['writeFile below a file', (fs, d) => fs.writeFile(`${d}/file/x`, 'x')],
  ['mkdir of what is there', (fs, d) => fs.mkdir(`${d}/directory`)],
  ['mkdir into what is not there', (fs, d) => fs.mkdir(`${d}/nope/x`)],
  ['mkdir of a file, recursive', (fs, d) => fs.mkdir(`${d}/file`, { recursive: true })],
  ['mkdir below a file, recursive', (fs, d) => fs.mkdir(`${d}/file/x`, { recursive: true })],
  ['stat of what is not there', (fs, d) => fs.stat(`${d}/nope`)],
  ['stat of a link that leads nowhere', (fs, d) => fs.stat(`${d}/dangling`)],
  ['stat of a link that leads to itself', (fs, d) => fs.stat(`${d}/loop`)],
  ['readdir of what is not there', (fs, d) => fs.readdir(`${d}/nope`)],
  ['readdir of a file', (fs, d) => fs.readdir(`${d}/file`)],
  ['rm of what is not there', (fs, d) => fs.rm(`${d}/nope`)],
  ['rm below a file', (fs, d) => fs.rm(`${d}/file/x`)],
  ['realpath of what is not there', (fs, d) => fs.realpath(`${d}/nope`)],
  ['cp of what is not there', (fs, d) => fs.cp(`${d}/nope`, `${d}/other`)],
];

/** Names that are only names. */
const names = [
  'a b',
  ' x ',
  '100%',
  '%2F',
  '%FF',
  'new\nline',
  'tab\t',
  'back\\slash',
  "it's",
  '"',
  '#',
  '?x',
  'ü😀',
  '~',
  '-rf',
  '.hidden',
  'a|',
  '*',
];

for (const { name, skip, start } of servers) {
  const withClient = (title: string, body: (client: ExecClient, directory: string) => Promise<void>): void =>
    test(
      `${name}: ${title}`,
      async () => {
        await using server = await start();
        await using client = await connect(server.url);
        using scratch = new Scratch();
        await body(client, scratch.path);
      },
      { skip, timeoutMs: 60_000 },
    );

  withClient('content comes back as it was, of any size', async ({ fs }, directory) => {
    for (const size of [0, 1, 4 * MiB, 4 * MiB + 1, 40 * MiB]) {
      const content = randomBytes(size);
      await fs.writeFile(`${directory}/file`, content);
      assert.is(sha256(await local.readFile(`${directory}/file`)), sha256(content));
      assert.is(sha256(await fs.readFile(`${directory}/file`)), sha256(content));
      assert.is(sha256(await readAll(fs.createReadStream(`${directory}/file`))), sha256(content));
    }
    await fs.writeFile(`${directory}/file`, '\ufeffü\n');
    assert.is(await fs.readFile(`${directory}/file`, 'utf8'), '\ufeffü\n');
    assert.match(await fs.readFile('/proc/self/status', 'utf8'), /^Name:/);
    assert.match((await readAll(fs.createReadStream('/proc/self/status'))).toString(), /^Name:/);
  });

  withClient('streams write and read, in parts as well', async ({ fs }, directory) => {
    const content = randomBytes(3 * MiB);
    await writeAll(fs.createWriteStream(`${directory}/file`), content, 70_000);
    assert.ok(content.equals(await local.readFile(`${directory}/file`)));
    const part = await readAll(fs.createReadStream(`${directory}/file`, { start: 1_000, end: 2 * MiB }));
    assert.ok(content.subarray(1_000, 2 * MiB + 1).equals(part));
    await fs.writeFile(
      `${directory}/file`,
      (async function* () {
        yield Buffer.from('one ');
        yield Buffer.from('two');
      })(),
    );
    assert.is(await fs.readFile(`${directory}/file`, 'utf8'), 'one two');
  });

  withClient('names are names, whatever is in them', async ({ fs }, directory) => {
    for (const odd of names) {
      await fs.writeFile(join(directory, odd), odd);
      assert.is(await local.readFile(join(directory, odd), 'utf8'), odd);
      assert.is(await fs.readFile(join(directory, odd), 'utf8'), odd);
      assert.is(await fs.realpath(join(directory, odd)), join(directory, odd));
    }
    assert.equal((await fs.readdir(directory)).toSorted(), names.toSorted());
    for (const odd of names) await fs.rm(join(directory, odd));
    assert.equal(await local.readdir(directory), []);
  });

  withClient('a name that is no UTF-8 is reached by its URL', async ({ fs }, directory) => {
    const bytes = Buffer.concat([Buffer.from(`${directory}/`), Buffer.from([0xff, 0x41])]);
    await local.writeFile(bytes, 'there');
    const url = new URL(`file://${directory}/%FFA`);
    assert.is(await fs.readFile(url, 'utf8'), 'there');
    assert.is((await fs.realpath(url, { asUrl: true })).href, url.href);
    assert.is((await failure(fs.realpath(url), FsError)).code, 'EILSEQ');
    assert.equal(await fs.readdir(directory), ['\ufffdA']);
    await fs.rm(url);
    assert.equal(await local.readdir(directory), []);
  });

  withClient('errors have the codes of node:fs', async ({ fs }, directory) => {
    await local.writeFile(`${directory}/file`, 'x');
    await local.mkdir(`${directory}/directory`);
    await local.symlink('directory', `${directory}/to-directory`);
    await local.symlink('nowhere', `${directory}/dangling`);
    await local.symlink('loop', `${directory}/loop`);
    for (const [title, call] of refused) {
      const expected = await codeOf(call(local as unknown as ExecClient['fs'], directory));
      const error = await failure(call(fs, directory), FsError);
      assert.is(error.code, expected, title);
      assert.ok(error.message.startsWith(`${error.code}: `), title);
    }
    assert.is((await failure(fs.rm(`${directory}/directory`), FsError)).code, 'EISDIR');
    assert.is((await failure(fs.cp(`${directory}/directory`, `${directory}/x`), FsError)).code, 'EISDIR');
    assert.is((await failure(readAll(fs.createReadStream(`${directory}/directory`)), FsError)).code, 'EISDIR');
    assert.is((await failure(fs.readFile('/dev/null'), FsError)).code, 'EINVAL');
    assert.is(await codeOf(fs.readFile('/a\0b')), 'ERR_INVALID_ARG_VALUE');
  });

  withClient('what a path leads to is told', async ({ fs }, directory) => {
    await local.writeFile(`${directory}/file`, '12345');
    await local.symlink('file', `${directory}/link`);
    await local.mkdir(`${directory}/directory`);
    const real = await local.stat(`${directory}/file`);
    for (const path of ['file', 'link']) {
      const stats = await fs.stat(`${directory}/${path}`);
      assert.equal([stats.isFile(), stats.isDirectory(), stats.size, stats.isSymlink], [true, false, 5, path === 'link']);
      assert.is(stats.mtimeMs, Math.floor(real.mtimeMs));
      assert.equal(stats.mtime, new Date(Math.floor(real.mtimeMs)));
    }
    assert.is((await fs.stat(`${directory}/directory`)).isDirectory(), true);
    assert.is((await fs.stat('/dev/null')).isFile(), false);
    const entries = await fs.readdir(directory, { withFileTypes: true });
    assert.equal(
      entries
        .map((entry) => [entry.name, entry.isFile(), entry.isDirectory(), entry.parentPath])
        .toSorted((a, b) => String(a).localeCompare(String(b))),
      [
        ['directory', false, true, directory],
        ['file', true, false, directory],
        ['link', true, false, directory],
      ],
    );
  });

  withClient('nothing is removed that was not asked for', async ({ fs }, directory) => {
    await local.mkdir(`${directory}/tree/sub`, { recursive: true });
    await local.writeFile(`${directory}/tree/sub/file`, 'x');
    await local.mkdir(`${directory}/empty`);
    await local.symlink('tree', `${directory}/link`);
    for (const path of ['tree', 'empty']) assert.is(await codeOf(fs.rm(`${directory}/${path}`)), 'EISDIR', path);
    await fs.rm(`${directory}/nope`, { force: true });
    await fs.rm(`${directory}/link`);
    await fs.rm(`${directory}/empty`, { recursive: true });
    assert.equal(await local.readdir(directory), ['tree']);
    assert.equal(await local.readdir(`${directory}/tree/sub`), ['file']);
    await fs.rm(`${directory}/tree`, { recursive: true });
    assert.equal(await local.readdir(directory), []);
  });

  withClient('copies on the server are what was copied, and a file is never copied onto itself', async ({ fs }, directory) => {
    await local.writeFile(`${directory}/run`, 'x', { mode: 0o750 });
    await local.symlink('run', `${directory}/link`);
    await fs.cp(`${directory}/run`, `${directory}/copy`);
    assert.is((await local.stat(`${directory}/copy`)).mode & 0o777, 0o750);
    for (const other of ['run', './run', 'link']) {
      assert.is(await codeOf(fs.cp(`${directory}/run`, `${directory}/${other}`)), 'EINVAL', other);
      assert.is(await local.readFile(`${directory}/run`, 'utf8'), 'x');
    }
    await local.mkdir(`${directory}/tree`);
    await fs.cp(`${directory}/tree`, `${directory}/other`, { recursive: true });
    assert.ok((await fs.readdir(directory)).includes('other'));
    assert.is(await codeOf(fs.cp(`${directory}/tree`, `${directory}/tree/in`, { recursive: true })), 'EINVAL');
  });

  withClient('a walk finds all files and directories once', async ({ fs }, directory) => {
    const wanted: string[] = [];
    for (let index = 0; index < 40; index++) {
      await local.mkdir(`${directory}/d${index}/e`, { recursive: true });
      await local.writeFile(`${directory}/d${index}/e/f ${index}%`, '');
      wanted.push(`/d${index}`, `/d${index}/e`, `/d${index}/e/f ${index}%`);
    }
    await local.symlink('..', `${directory}/d0/e/up`);
    const found: string[] = [];
    for await (const entry of fs.walk(directory))
      found.push(`${entry.kind === 'error' ? entry.message : ''}${entry.path.slice(directory.length)}`);
    assert.equal(found.toSorted(), wanted.toSorted());
  });

  withClient('renaming needs a server that can', async (client, directory) => {
    await local.writeFile(`${directory}/a`, 'a');
    await local.writeFile(`${directory}/b`, 'b');
    const renaming = client.fs.rename(`${directory}/a`, `${directory}/b`);
    if (client.supports('fsRename')) {
      await renaming;
      assert.is(await local.readFile(`${directory}/b`, 'utf8'), 'a');
      assert.equal(await local.readdir(directory), ['b']);
      await local.writeFile(`${directory}/a`, 'a');
      assert.is(await codeOf(client.fs.rename(`${directory}/a`, `${directory}/b`, { overwrite: false })), 'EEXIST');
      assert.is(await codeOf(client.fs.rename(`${directory}/nope`, `${directory}/b`)), 'ENOENT');
    } else {
      assert.is((await failure(renaming, UnsupportedByServerError)).capability, 'fsRename');
      assert.equal((await local.readdir(directory)).toSorted(), ['a', 'b']);
    }
  });

  withClient('watching needs a server that can', async (client, directory) => {
    if (!client.supports('fsWatch')) {
      await failure(client.fs.watch(directory), UnsupportedByServerError);
      return;
    }
    await using watch = await client.fs.watch(directory);
    await local.writeFile(`${directory}/new`, '');
    for await (const { changed } of watch) if (changed.some(({ path }) => path === `${directory}/new`)) break;
  });
}
