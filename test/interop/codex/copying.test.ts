import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { sha256 } from '../../harness/byte-streams.js';
import { suite } from '../../harness/test.js';
import { ownServer, referenceServer, type Server } from '../servers.js';
import { call, type ModelItem, type ScriptPart } from './model-script.js';
import { play } from './play.js';
import type { Stage } from './stage.js';
import type { TappedMessage } from './wire-tap.js';

const test = suite('codex, copying');

const MiB = 1024 * 1024;
const large = randomBytes(40 * MiB + 7);
const done = `{"bytes_copied":${large.length}}`;
const timeoutMs = 60_000;

const config = '[features]\nmulti_env_copy_file = true';

/** The client's only use of `fs/open`: a tool of its own that copies between two of its environments, itself being one. */
function copy(from: string, source: string, to: string, target: string): ModelItem {
  return call('multi_env_copy_file', {
    ...{ source_environment_id: from, source_path: source },
    ...{ target_environment_id: to, target_path: target },
  });
}

interface Copies {
  readonly told: readonly string[];
  readonly hashes: readonly string[];
  readonly messages: readonly TappedMessage[];
}

/**
 * Has the model copy files from here to the executor (`far`) and back, one after the other.
 * @param copies names of the files in the directory they share
 */
async function copyFiles(
  server: Server,
  copies: readonly (readonly [from: string, source: string, to: string, target: string])[],
  beside?: (stage: Stage) => Promise<void>,
): Promise<Copies> {
  let path = '';
  const hashes: string[] = [];
  const { told, messages } = await play(
    server,
    async function* (): ScriptPart<string[]> {
      const said = [];
      for (const [from, source, to, target] of copies) said.push((yield [copy(from, join(path, source), to, join(path, target))]).text());
      for (const name of ['there', 'back']) {
        try {
          hashes.push(sha256(readFileSync(join(path, name))));
        } catch {
          hashes.push('none');
        }
      }
      return said;
    },
    beside,
    {
      config,
      setUp: ({ home, url, work }) => {
        path = work.path;
        work.file('here', large);
        home.setEnvironments(`default = "far"\ninclude_local = true\n[[environments]]\nid = "far"\nurl = "${url}"\n`);
      },
    },
  );
  return { told, hashes, messages };
}

const count = (messages: readonly TappedMessage[], name: string): number => messages.filter(({ method }) => method === name).length;

for (const server of [ownServer, referenceServer]) {
  const { name, skip } = server;

  test(
    `${name}: a file of 40 MiB goes to the executor and comes back as it was`,
    async () => {
      const { told, hashes, messages } = await copyFiles(server, [
        ['local', 'here', 'far', 'there'],
        ['far', 'there', 'local', 'back'],
      ]);
      assert.equal(told, [done, done]);
      assert.equal(hashes, [sha256(large), sha256(large)]);
      const used = ['fs/open', 'fs/writeBlock', 'fs/readBlock', 'fs/close'].map((method) => count(messages, method));
      assert.equal(used, [2, 41, 41, 2]);
    },
    { skip, timeoutMs },
  );

  test(
    `${name}: what cannot be copied is told to the model`,
    async () => {
      const { told } = await copyFiles(server, [
        ['far', 'none', 'local', 'back'],
        ['local', 'here', 'far', 'no/such/directory'],
        ['far', '.', 'local', 'back'],
      ]);
      assert.equal(told, [
        'could not open copy source: entity not found',
        'copy failed; target may be truncated or partially written: entity not found',
        'could not open copy source: invalid input parameter',
      ]);
    },
    { skip, timeoutMs },
  );

  test(
    `${name}: a line that breaks ends a copy with a word why, and the next one goes through`,
    async () => {
      const { told, hashes } = await copyFiles(
        server,
        [
          ['local', 'here', 'far', 'there'],
          ['local', 'here', 'far', 'there'],
          ['far', 'there', 'local', 'back'],
          ['far', 'there', 'local', 'back'],
        ],
        ({ proxy }) => {
          proxy.at('toServer', 10 * MiB, 'cut');
          proxy.at('toClient', 10 * MiB, 'cut');
          return Promise.resolve();
        },
      );
      const failed = 'copy failed; target may be truncated or partially written: broken pipe';
      assert.equal(told, [failed, done, failed, done]);
      assert.equal(hashes, [sha256(large), sha256(large)]);
    },
    { skip, timeoutMs },
  );
}
