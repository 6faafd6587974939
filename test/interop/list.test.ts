import { randomBytes } from 'node:crypto';
import { chmodSync, symlinkSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { sha256 } from '../harness/byte-streams.js';
import { runCommand } from '../harness/command-line.js';
import { Scratch } from '../harness/scratch.js';
import { suite } from '../harness/test.js';
import { servers } from './servers.js';

const test = suite('printing and listing files of servers');

const large = randomBytes(5 * 1024 * 1024);

/** Runs a command against a server; returns exit code, stdout and stderr. */
async function run(url: string, args: readonly string[]): Promise<[number | null, string, string]> {
  const { code, stdout, stderr } = await runCommand([args[0] ?? '', '--url', url, ...args.slice(1)]);
  return [code, stdout.toString(), stderr];
}

for (const { name, skip, start } of servers) {
  const withServer = (title: string, body: (url: string, scratch: Scratch) => Promise<void>): void =>
    test(
      `${name}: ${title}`,
      async () => {
        await using server = await start();
        using scratch = new Scratch();
        await body(server.url, scratch);
      },
      { skip, timeoutMs: 90_000 },
    );

  withServer('files are printed one behind the other, and listed', async (url, scratch) => {
    const first = scratch.file('first', large);
    const second = scratch.file('second', 'end\n');
    chmodSync(second, 0o600);
    const { code, stdout, stderr } = await runCommand(['cat', '--url', url, first, `${scratch.path}/nope`, `remote:${second}`]);
    assert.equal([code, stderr], [1, `exec-server: ${scratch.path}/nope: No such file or directory\n`]);
    assert.is(sha256(stdout), sha256(Buffer.concat([large, Buffer.from('end\n')])));
    scratch.file('.hidden', '');
    scratch.file('sub/new\nline', '');
    symlinkSync('sub', `${scratch.path}/link`);
    assert.equal(await run(url, ['ls', scratch.path]), [0, 'first\nlink\nsecond\nsub\n', '']);
    assert.equal(await run(url, ['ls', '-a', `:${scratch.path}/sub`, second]), [0, `${second}\n\n:${scratch.path}/sub:\nnew\nline\n`, '']);
    const [, long] = await run(url, ['ls', '-la', scratch.path]);
    assert.equal(
      long.replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, 'TIME').replace(/([dl]) +\d+/g, '$1 SIZE'),
      [
        '-        0  TIME  .hidden',
        '-  5242880  TIME  first',
        'l SIZE  TIME  link',
        '-        4  TIME  second',
        'd SIZE  TIME  sub',
        '',
      ].join('\n'),
    );
    const [, json] = await run(url, ['ls', '--json', `${scratch.path}/sub`]);
    assert.equal(
      (JSON.parse(json) as { entries: { name: string; kind: string }[] }[])[0]?.entries.map((entry) => [entry.name, entry.kind]),
      [['new\nline', 'file']],
    );
    assert.equal(await run(url, ['ls', `${scratch.path}/nope`]), [1, '', `exec-server: ${scratch.path}/nope: No such file or directory\n`]);
  });
}
