import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { Scratch } from '../harness/scratch.js';
import { suite } from '../harness/test.js';
import { WireClient } from '../harness/wire-client.js';
import { account, type Act, grow, type Step } from './file-account.js';
import { alike, different } from './file-statements.js';
import { servers } from './servers.js';

const test = suite('file requests');

const [ours, theirs] = servers as [(typeof servers)[number], (typeof servers)[number]];

async function bothAccounts(steps: readonly Step[]): Promise<[ours: string[], theirs: string[]]> {
  await using own = await ours.start();
  await using reference = await theirs.start();
  return [await account(own.url, steps), await account(reference.url, steps)];
}

for (const [what, steps] of Object.entries(alike)) {
  test(
    `${what}: this server and the reference say the same`,
    async () => {
      const [own, reference] = await bothAccounts(steps);
      for (const [at, line] of reference.entries()) assert.is(own[at], line);
      assert.is(own.length, reference.length);
    },
    { skip: theirs.skip, timeoutMs: 60_000 },
  );
}

for (const [what, { steps, ours: own, theirs: reference }] of Object.entries(different)) {
  test(
    `${what}: here, not there`,
    async () => {
      const [said, told] = (await bothAccounts(steps)).map((lines) => lines.join('\n')) as [string, string];
      assert.match(said, own);
      assert.match(told, reference);
      assert.not.match(said, reference);
      assert.not.match(told, own);
    },
    { skip: theirs.skip, timeoutMs: 60_000 },
  );
}

const changes: Readonly<Record<string, readonly [missing: string[], present: string | null, act: Act]>> = {
  'a file appears': [['d/new'], null, (path) => writeFileSync(path('d/new'), '')],
  'a link to nothing appears': [['d/new'], null, (path) => symlinkSync('none', path('d/new'))],
  'a directory on the way appears': [['d/n/m'], null, (path) => mkdirSync(path('d/n'))],
  'a directory on the way is moved': [['d/e/new'], null, (path) => renameSync(path('d'), path('d2'))],
  'what is present is written': [['d/new'], 'f', (path) => writeFileSync(path('f'), 'x')],
  'what is present is removed': [['d/new'], 'f', (path) => rmSync(path('f'))],
  'a directory that is present is removed': [['d/new'], 'empty', (path) => rmSync(path('empty'), { recursive: true })],
};

for (const server of servers) {
  for (const [what, [missing, present, act]] of Object.entries(changes)) {
    test(
      `${server.name}: fs/missingChanged is told when ${what}`,
      async () => {
        await using running = await server.start();
        using scratch = new Scratch();
        const path = (name: string): string => join(scratch.path, name);
        grow(path);
        await using client = await WireClient.open(running.url);
        await client.handshake();
        const uri = (name: string): string => `file://${path(name)}`;
        const params = { watchId: 7, missing: missing.map(uri), present: present === null ? null : uri(present) };
        assert.equal((await client.request('fs/watchMissing', params)).result, { watching: true });
        act(path);
        const { params: told } = await client.find(({ method }) => method === 'fs/missingChanged');
        assert.equal(told, { watchId: 7 });
      },
      { skip: server.skip },
    );
  }
}
