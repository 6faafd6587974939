import { execFile as execFileWithCallback } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { FaultProxy } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { sha256 } from '../harness/byte-streams.js';
import { launcher, runCommand } from '../harness/command-line.js';
import { canMount, describeTree, SmallDisk } from '../harness/file-trees.js';
import { LiveCommand } from '../harness/live-command.js';
import { Scratch } from '../harness/scratch.js';
import { suite } from '../harness/test.js';
import { servers } from './servers.js';

const test = suite('copying to and from servers');

const execFile = promisify(execFileWithCallback);
const MiB = 1024 * 1024;
/** Above the size up to which files travel in one message. */
const large = randomBytes(40 * MiB);

/** Runs a command against a server; returns exit code, stdout and stderr. */
async function run(url: string, args: readonly string[], input: string | Buffer = ''): Promise<[number | null, string, string]> {
  const { code, stdout, stderr } = await runCommand([args[0] ?? '', '--url', url, ...args.slice(1)], input);
  return [code, stdout.toString(), stderr];
}

const done = [0, '', ''];

function createTree(scratch: Scratch, name: string): string {
  for (let index = 0; index < 150; index++) scratch.file(`${name}/many/file ${index}`, randomBytes(index));
  for (const odd of ['100%', 'new\nline', 'ü😀', '#?', "it's", '-rf', '.hidden', 'back\\slash', '%FF', '*'])
    scratch.file(`${name}/odd/${odd}`, odd);
  scratch.file(`${name}/empty`);
  scratch.file(`${name}/large`, large.subarray(0, 5 * MiB));
  mkdirSync(join(scratch.path, name, 'hollow/deep/er'), { recursive: true });
  return join(scratch.path, name);
}

for (const { name, skip, start } of servers) {
  const withServer = (
    title: string,
    body: (url: string, scratch: Scratch) => Promise<void>,
    more: { readonly skip?: string | null } = {},
  ): void =>
    test(
      `${name}: ${title}`,
      async () => {
        await using server = await start();
        using scratch = new Scratch();
        await body(server.url, scratch);
      },
      { skip: skip ?? more.skip ?? null, timeoutMs: 90_000 },
    );

  withServer('40 MiB go there and come back as they were', async (url, scratch) => {
    const source = scratch.file('source', large);
    const there = join(scratch.path, 'there');
    assert.equal(await run(url, ['cp', source, `remote:${there}`]), done);
    assert.is(sha256(readFileSync(there)), sha256(large));
    assert.equal(await run(url, ['cp', `:${there}`, `${source}2`]), done);
    assert.is(sha256(readFileSync(`${source}2`)), sha256(large));
    assert.equal(readdirSync(scratch.path).toSorted(), ['source', 'source2', 'there'], 'nothing is left beside them');
  });

  withServer('a tree goes there and comes back as it was, and again over what is there', async (url, scratch) => {
    const source = createTree(scratch, 'source');
    const expected = describeTree(source);
    for (let round = 1; round <= 2; round++) {
      assert.equal(await run(url, ['cp', '-r', `${source}/.`, `:${scratch.path}/there`]), done);
      assert.equal(describeTree(`${scratch.path}/there`), expected);
      assert.equal(await run(url, ['cp', '-r', `:${scratch.path}/there/.`, `${scratch.path}/back`]), done);
      assert.equal(describeTree(`${scratch.path}/back`), expected);
    }
    assert.equal(await run(url, ['cp', '-r', source, `${source}/empty`, `:${scratch.path}/there`]), done);
    assert.equal(describeTree(`${scratch.path}/there/source`), expected);
  });

  withServer('names that are no UTF-8 go there; the other way each is named, and the rest is copied', async (url, scratch) => {
    scratch.directory('source');
    const odd = Buffer.concat([Buffer.from(`${scratch.path}/source/x`), Buffer.from([0xff])]);
    for (const path of [odd, `${scratch.path}/source/plain`]) writeFileSync(path, 'x');
    assert.is((await run(url, ['cp', '-r', `${scratch.path}/source`, `:${scratch.path}/there`]))[0], 0);
    assert.equal(describeTree(`${scratch.path}/there`), describeTree(`${scratch.path}/source`));
    const [code, , stderr] = await run(url, ['cp', '-r', `:${scratch.path}/there`, `${scratch.path}/back`]);
    assert.is(code, 1);
    assert.match(stderr, /^exec-server: remote:'\S*\/there\/x\ufffd': No such file or directory\n$/);
    assert.equal(readdirSync(`${scratch.path}/back`), ['plain']);
  });

  withServer('a hostile tree: what can be copied is, everything else is named', async (url, scratch) => {
    const source = scratch.directory('source');
    scratch.file('source/a/file', 'x');
    symlinkSync('..', `${source}/a/up`);
    symlinkSync('a', `${source}/b`);
    symlinkSync('self', `${source}/self`);
    symlinkSync('no\nwhere', `${source}/a/dang ling`);
    symlinkSync('file', `${source}/a/to-file`);
    scratch.pipe('source/pipe\n');
    const copied = ['a directory', 'a/file', 'a/to-file', 'b directory', 'b/file', 'b/to-file'];
    const expectCopy = (tree: string): void =>
      assert.equal(
        describeTree(tree).map((line) => line.replace(/ file .*/, '')),
        copied,
      );

    const [code, , stderr] = await run(url, ['cp', '-r', source, `:${scratch.path}/there`]);
    assert.is(code, 1);
    assert.match(stderr, /source\/a\/up: Not copied: the link leads to a directory it stands in\n/);
    assert.match(stderr, /source\/self: Too many symbolic links encountered\n/i);
    assert.match(stderr, /pipe\\n': Not a regular file\n/);
    assert.match(stderr, /source\/a\/dang ling': No such file or directory\n/);
    assert.match(stderr, /source\/b\/dang ling': No such file or directory\n/);
    assert.is(stderr.trim().split('\n').length, 6, stderr);
    expectCopy(`${scratch.path}/there`);

    const [back, , backErrors] = await run(url, ['cp', '-r', `:${source}`, `${scratch.path}/back`]);
    assert.is(back, 1);
    assert.match(backErrors, /remote:\S*source\/b\/up: Not copied: the link leads to a directory it stands in\n/);
    assert.match(backErrors, /pipe\\n': Not a regular file\n/);
    assert.match(backErrors, /source\/b\/dang ling': The link leads nowhere\n/);
    expectCopy(`${scratch.path}/back`);
  });

  withServer('permission bits and links at the destination stay', async (url, scratch) => {
    const source = scratch.file('source', 'new');
    for (const to of ['there', 'here']) {
      scratch.file(`${to}/real`, 'old', 0o750);
      symlinkSync('real', `${scratch.path}/${to}/link`);
    }
    assert.equal(await run(url, ['cp', source, `:${scratch.path}/there/link`]), done);
    assert.equal(await run(url, ['cp', `:${source}`, `${scratch.path}/here/link`]), done);
    for (const to of ['there', 'here']) {
      const path = `${scratch.path}/${to}`;
      assert.equal(readdirSync(path).toSorted(), ['link', 'real']);
      assert.equal([readFileSync(`${path}/real`, 'utf8'), statSync(`${path}/real`).mode & 0o777], ['new', 0o750]);
    }
  });

  withServer('what cannot be copied is named, the rest is copied, and the exit code is 1', async (url, scratch) => {
    const good = scratch.file('good', 'x');
    scratch.directory('there/taken');
    scratch.file('taken', 'x');
    const at = (path: string): string => `${scratch.path}/${path}`;
    assert.equal(await run(url, ['cp', at('nope'), at('taken'), good, `:${at('there')}`]), [
      1,
      '',
      `exec-server: ${at('nope')}: No such file or directory\nexec-server: ${at('taken')} -> remote:${at('there/taken')}: Cannot replace a directory with a file\n`,
    ]);
    assert.is(readFileSync(at('there/good'), 'utf8'), 'x');
    assert.equal(await run(url, ['cp', good, `:${at('no/such')}`]), [
      1,
      '',
      `exec-server: ${good} -> remote:${at('no/such')}: No such file or directory\n`,
    ]);
    assert.equal(await run(url, ['cp', `:${at('nope')}`, `:${at('there')}`, `:${good}`, at('there')]), [
      1,
      '',
      `exec-server: remote:${at('nope')}: No such file or directory\nexec-server: remote:${at('there')}: Is a directory: -r copies directories\n`,
    ]);
    assert.is((await run(url, ['cp', `:${good}`, at('no/such')]))[0], 1);
    assert.equal(await run(url, ['cp', good, `:${at('good/')}`]), [1, '', `Error: Not a directory: remote:${at('good/')}\n`]);
  });

  withServer('T3: over lines that break again and again every byte arrives', async (url, scratch) => {
    await using proxy = await FaultProxy.start(url);
    const source = scratch.file('source', large);
    for (const at of [3, 30]) proxy.at('toServer', at * MiB, 'cut');
    assert.equal(await run(proxy.url, ['cp', source, `:${scratch.path}/there`]), done);
    assert.is(sha256(readFileSync(`${scratch.path}/there`)), sha256(large));
    for (const at of [3, 30]) proxy.at('toClient', at * MiB, 'cut');
    assert.equal(await run(proxy.url, ['cp', `:${scratch.path}/there`, `${scratch.path}/back`]), done);
    assert.is(sha256(readFileSync(`${scratch.path}/back`)), sha256(large));
    assert.equal(readdirSync(scratch.path).toSorted(), ['back', 'source', 'there']);
    assert.ok(proxy.accepted >= 6, 'it may take several connections to get back in');
  });

  withServer('T3: many small files over a line that breaks are all there', async (url, scratch) => {
    await using proxy = await FaultProxy.start(url);
    const source = createTree(scratch, 'source');
    proxy.at('toServer', 30_000, 'cut');
    proxy.at('toServer', 60_000, 'cut');
    assert.equal(await run(proxy.url, ['cp', '-r', source, `:${scratch.path}/there`]), done);
    assert.equal(describeTree(`${scratch.path}/there`), describeTree(source));
    proxy.at('toClient', 30_000, 'cut');
    assert.equal(await run(proxy.url, ['cp', '-r', `:${source}`, `${scratch.path}/back`]), done);
    assert.equal(describeTree(`${scratch.path}/back`), describeTree(source));
  });

  for (const [direction, faulty] of [
    ['upload', 'toServer'],
    ['download', 'toClient'],
  ] as const) {
    withServer(`Ctrl-C in an ${direction} leaves the destination as it was, and nothing beside it`, async (url, scratch) => {
      await using proxy = await FaultProxy.start(url);
      const source = scratch.file('source', large);
      const destination = scratch.file('to/destination', 'before');
      const isHalf = new Promise<void>((resolve) => proxy.at(faulty, 10 * MiB, () => resolve()));
      proxy.shape({ bytesPerSecond: 20 * MiB }, faulty);
      const paths = direction === 'upload' ? [source, `:${destination}`] : [`:${source}`, destination];
      await using command = new LiveCommand(['cp', '--url', proxy.url, ...paths]);
      await isHalf;
      assert.is(readdirSync(`${scratch.path}/to`).length, 2, 'the new file has a name of its own');
      command.child.kill('SIGINT');
      assert.equal(await command.ended, { code: 130, signal: null });
      assert.equal([readdirSync(`${scratch.path}/to`), readFileSync(destination, 'utf8')], [['destination'], 'before']);
    });
  }

  withServer(
    'S4: a disk that is full is told, and what was there stays',
    async (url, scratch) => {
      using disk = new SmallDisk(`${scratch.path}/disk`, 8 * MiB);
      const source = scratch.file('source', large);
      const small = scratch.file('small', 'x');
      writeFileSync(`${disk.path}/source`, 'before');
      for (const paths of [
        [source, small, `:${disk.path}`],
        [`:${source}`, `:${small}`, disk.path],
      ]) {
        const [code, , stderr] = await run(url, ['cp', ...paths]);
        assert.is(code, 1);
        assert.match(stderr, /^exec-server: \S+source -> \S+disk\/source: No space left on device\n$/i);
        assert.equal(readdirSync(disk.path).toSorted(), ['small', 'source']);
        assert.is(readFileSync(`${disk.path}/source`, 'utf8'), 'before');
      }
    },
    { skip: canMount ? null : 'no small file system can be made here' },
  );

  withServer('stdin and stdout are files as well', async (url, scratch) => {
    const path = join(scratch.path, 'file');
    assert.equal(await run(url, ['cp', '-', `:${path}`], large), done);
    assert.is(sha256(readFileSync(path)), sha256(large));
    const { stdout, code } = await runCommand(['cp', '--url', url, `:${path}`, '-']);
    assert.equal([code, sha256(stdout)], [0, sha256(large)]);
    const script = `exec "$0" "$1" cp --url "$2" <(seq 100000) ":$3"`;
    await execFile('bash', ['-c', script, process.execPath, launcher, url, path]);
    assert.is(readFileSync(path, 'utf8').length, 588_895);
    assert.equal(await run(url, ['cp', `:${path}`, '/dev/full']), [
      1,
      '',
      `exec-server: remote:${path} -> /dev/full: No space left on device\n`,
    ]);
    assert.equal(await run(url, ['cp', `:${path}`, '/dev/null']), done);
    assert.ok(statSync('/dev/null').isCharacterDevice());
  });

  test(
    `${name}: S4: a server that is gone for good ends a copy, and nothing is left here`,
    async () => {
      using scratch = new Scratch();
      const source = scratch.file('source', large);
      const here = scratch.directory('here');
      await using server = await start();
      await using proxy = await FaultProxy.start(server.url);
      await using other = await start();
      const isHalf = new Promise<void>((resolve) => proxy.at('toClient', 10 * MiB, () => resolve()));
      proxy.shape({ bytesPerSecond: 20 * MiB }, 'toClient');
      await using command = new LiveCommand(['cp', '--url', proxy.url, `:${source}`, here]);
      await isHalf;
      proxy.redirect(other.url); // which does not know the session
      proxy.cut();
      assert.equal(await command.ended, { code: 255, signal: null });
      assert.match(command.stderr, /^Error: The session is lost/);
      assert.not.ok(existsSync(`${here}/source`));
      assert.equal(readdirSync(here), []);
    },
    { skip, timeoutMs: 60_000 },
  );
}
