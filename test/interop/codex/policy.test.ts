import { existsSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { withVariables } from '../../harness/scratch.js';
import { suite } from '../../harness/test.js';
import { ownServer, referenceServer, type Server } from '../servers.js';
import { applyPatch, call, type ScriptPart } from './model-script.js';
import { type Performance, play } from './play.js';
import { plain } from './report-text.js';

const test = suite('codex, policies');

const timeoutMs = 60_000;

/** A policy for the variables of commands, and what a command then sees of those the executor has. */
const environmentPolicies: readonly { readonly policy: string; readonly seen: string }[] = [
  { policy: 'inherit = "all"', seen: 'plain=1 hidden=2 secret=3 given= home' },
  { policy: 'inherit = "all"\nexclude = ["*_HIDDEN"]', seen: 'plain=1 hidden= secret=3 given= home' },
  { policy: 'inherit = "all"\nignore_default_excludes = false', seen: 'plain=1 hidden=2 secret= given= home' },
  { policy: 'inherit = "all"\ninclude_only = ["PATH", "X_PLAIN"]\nset = { GIVEN = "g" }', seen: 'plain=1 hidden= secret= given=' },
  { policy: 'inherit = "core"\nset = { GIVEN = "g" }', seen: 'plain= hidden= secret= given=g home' },
  { policy: 'inherit = "none"\nset = { GIVEN = "g", PATH = "/usr/bin:/bin" }', seen: 'plain= hidden= secret= given=g' },
];

for (const server of [ownServer, referenceServer]) {
  const { name, skip } = server;

  for (const { policy, seen } of environmentPolicies) {
    test(
      `${name}: a command gets the variables its policy allows: ${policy.replace(/\n/g, ', ')}`,
      async () => {
        using _ = withVariables({ X_PLAIN: '1', X_HIDDEN: '2', X_SECRET: '3' });
        const { told } = await play(
          server,
          async function* (): ScriptPart<string> {
            const print = 'echo "plain=$X_PLAIN hidden=$X_HIDDEN secret=$X_SECRET given=$GIVEN${HOME:+ home}"';
            return plain((yield [call('exec_command', { cmd: print, login: false })]).command());
          },
          undefined,
          { config: `[shell_environment_policy]\n${policy}` },
        );
        assert.is(told.split('Output:\n')[1], `${seen}\n`);
      },
      { skip, timeoutMs },
    );
  }
}

/** Has the model write a file by a command, by a patch, and run a command that only reads. */
async function tryToWrite(server: Server, sandbox: 'workspace-write' | 'read-only'): Promise<Performance<readonly string[]>> {
  let path = '';
  return play(
    server,
    async function* (): ScriptPart<readonly string[]> {
      const command = (yield [call('exec_command', { cmd: 'echo x > by-command; cat there; exit 5' })]).text();
      const patch = (yield [applyPatch('*** Add File: by-patch', '+x')]).text();
      const written = ['by-command', 'by-patch'].filter((file) => existsSync(`${path}/${file}`));
      return [command, patch, written.join()];
    },
    undefined,
    {
      sandbox,
      setUp: ({ work }) => {
        ({ path } = work);
        work.file('there', 'it was read\n');
      },
    },
  );
}

const refusal = 'exec-server rejected request (-32603): filesystem sandbox cannot be enforced on this executor';

test(
  'commands and patches that are to be confined to the workspace are refused, and the model is told',
  async () => {
    const { told, turn, messages } = await tryToWrite(ownServer, 'workspace-write');
    assert.match(told[0] ?? '', refusal);
    assert.match(told[1] ?? '', /Exit code: 1\n.*\n?Output:\nFailed to write file \S+\/by-patch/);
    assert.is(told[2], '', 'nothing was run or written');
    const [command] = turn.items.filter(({ type }) => type === 'commandExecution');
    assert.equal([command?.['status'], command?.['exitCode']], ['failed', -1]);
    assert.match(String(command?.['aggregatedOutput']), refusal);
    const methods = messages.flatMap(({ method, params }) => (params?.['sandbox'] ? [method] : []));
    assert.equal(methods, ['process/start', 'fs/writeFile'], 'each was asked for once, and not again without a sandbox');
  },
  { skip: ownServer.skip, timeoutMs },
);

test(
  'commands that may only read are refused as well; a patch is not even asked for',
  async () => {
    const { told } = await tryToWrite(ownServer, 'read-only');
    assert.match(told[0] ?? '', refusal);
    assert.match(told[1] ?? '', 'blocked by read-only sandbox');
    assert.is(told[2], '');
  },
  { skip: ownServer.skip, timeoutMs },
);

test(
  "the reference's own server confines them",
  async () => {
    const inWorkspace = await tryToWrite(referenceServer, 'workspace-write');
    assert.match(inWorkspace.told[0] ?? '', /Process exited with code 5\n[^]*it was read\n/);
    assert.is(inWorkspace.told[2], 'by-command,by-patch');
    const reading = await tryToWrite(referenceServer, 'read-only');
    assert.match(reading.told[0] ?? '', /Read-only file system\n[^]*it was read\n/);
    assert.is(reading.told[2], '');
  },
  { skip: referenceServer.skip, timeoutMs },
);
