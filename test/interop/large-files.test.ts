import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { FaultProxy } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { runCommand } from '../harness/command-line.js';
import { Scratch } from '../harness/scratch.js';
import { suite } from '../harness/test.js';
import { servers } from './servers.js';

const test = suite('large files');

const MiB = 1024 * 1024;
const fileBytes = 512 * MiB;

/** Started by hand: EXEC_SERVER_LONG_RUNS=1 npm test -- large-files */
const wait = process.env['EXEC_SERVER_LONG_RUNS'] === undefined ? 'EXEC_SERVER_LONG_RUNS is not set' : null;

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: MiB }), hash);
  return hash.digest('hex');
}

async function fill(path: string): Promise<string> {
  await using file = await open(path, 'w');
  for (let at = 0; at < fileBytes; at += MiB) await file.write(randomBytes(MiB));
  return path;
}

for (const { name, skip, start } of servers) {
  test(
    `${name}: T3: 512 MiB go there and come back as they were, over lines that break`,
    async () => {
      await using server = await start();
      await using proxy = await FaultProxy.start(server.url);
      using scratch = new Scratch();
      const source = await fill(`${scratch.path}/source`);
      const expected = await hashOf(source);
      for (const [url, to, back] of [
        [server.url, 'there', 'back'],
        [proxy.url, 'there2', 'back2'],
      ] as const) {
        if (url === proxy.url) {
          proxy.at('toServer', 150 * MiB, 'cut');
          for (const at of [100, 300, 500]) proxy.at('toClient', at * MiB, 'cut');
        }
        const upload = await runCommand(['cp', '--url', url, source, `:${scratch.path}/${to}`]);
        assert.equal([upload.code, upload.stderr, await hashOf(`${scratch.path}/${to}`)], [0, '', expected]);
        const download = await runCommand(['cp', '--url', url, `:${scratch.path}/${to}`, `${scratch.path}/${back}`]);
        assert.equal([download.code, download.stderr, await hashOf(`${scratch.path}/${back}`)], [0, '', expected]);
      }
      assert.ok(proxy.accepted >= 6, 'two commands, and four lines that broke');
    },
    { skip: skip ?? wait, timeoutMs: 300_000 },
  );
}
