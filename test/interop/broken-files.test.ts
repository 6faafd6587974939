import { randomBytes } from 'node:crypto';
import * as local from 'node:fs/promises';
import { join } from 'node:path';
import { connect, FileChangedError, OutcomeUnknownError } from '@exec-server/client';
import { FaultProxy } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { readAll, sha256, writeAll } from '../harness/byte-streams.js';
import { failure } from '../harness/failure.js';
import { Scratch } from '../harness/scratch.js';
import { suite } from '../harness/test.js';
import { servers } from './servers.js';

const test = suite('files over lines that break');

const MiB = 1024 * 1024;

for (const { name, skip, start } of servers) {
  test(
    `${name}: T3: 40 MiB are read to the last byte over a line that breaks again and again`,
    async () => {
      await using server = await start();
      await using proxy = await FaultProxy.start(server.url);
      await using client = await connect(proxy.url);
      using scratch = new Scratch();
      const content = randomBytes(40 * MiB);
      const path = scratch.file('file', content);
      for (const at of [5, 12, 31]) proxy.at('toClient', at * MiB, 'cut');
      assert.is(sha256(await readAll(client.fs.createReadStream(path))), sha256(content));
      assert.ok(proxy.accepted >= 4, 'it may take several connections to get back in');
      proxy.at('toClient', 20 * MiB, 'cut');
      assert.is(sha256(await client.fs.readFile(path)), sha256(content));
    },
    { skip, timeoutMs: 60_000 },
  );

  test(
    `${name}: T3: a file that is changed while the line is broken is not read on`,
    async () => {
      await using server = await start();
      await using proxy = await FaultProxy.start(server.url);
      await using client = await connect(proxy.url);
      using scratch = new Scratch();
      const path = scratch.file('file', randomBytes(40 * MiB));
      const reader = client.fs.createReadStream(path).getReader();
      await reader.read();
      proxy.block();
      proxy.cut();
      await local.appendFile(path, 'x');
      proxy.unblock();
      const reading = (async () => {
        while (!(await reader.read()).done);
      })();
      assert.is((await failure(reading, FileChangedError)).path, path);
    },
    { skip, timeoutMs: 60_000 },
  );

  test(
    `${name}: T4: 40 MiB are written over a line that breaks, or their writing fails`,
    async () => {
      await using server = await start();
      await using proxy = await FaultProxy.start(server.url);
      await using client = await connect(proxy.url);
      using scratch = new Scratch();
      const content = randomBytes(40 * MiB);
      const path = join(scratch.path, 'file');
      for (const at of [5, 12, 31]) proxy.at('toServer', at * MiB, 'cut');
      const writing = writeAll(client.fs.createWriteStream(path), content);
      if (client.supports('fsOpenUpdate')) {
        await writing;
        assert.is(sha256(await local.readFile(path)), sha256(content));
        assert.ok(proxy.accepted >= 4, 'it may take several connections to get back in');
      } else {
        await failure(writing, OutcomeUnknownError);
      }
    },
    { skip, timeoutMs: 60_000 },
  );
}
