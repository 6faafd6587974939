import * as assert from 'uvu/assert';
import { suite } from '../../harness/test.js';
import { ownServer, referenceServer, type Server } from '../servers.js';
import { AppServer } from './app-server.js';
import { call, type ModelScript } from './model-script.js';
import { withStage } from './stage.js';

const test = suite('codex, capability roots');

const timeoutMs = 60_000;
const skill = (word: string): string => `---\nname: skill-${word}\ndescription: the word is ${word}\n---\nbody\n`;

interface Found {
  /** What the model got, as JSON. */
  readonly conversation: string;
  readonly warnings: string;
  readonly methods: readonly (string | undefined)[];
}

/** Begins a conversation with a plugin, a folder of skills and a folder that is not there, all at the executor. */
async function selectRoots(server: Server, config: string): Promise<Found> {
  let conversation = '';
  async function* script(): ModelScript {
    conversation = JSON.stringify((yield [call('exec_command', { cmd: 'true' })]).conversation);
  }
  return withStage(
    server,
    script(),
    async ({ home, url, work, tap }) => {
      work.file('plugin/.codex-plugin/plugin.json', JSON.stringify({ name: 'plugin', version: '1.0.0', description: 'a plugin' }));
      work.file('plugin/skills/one/SKILL.md', skill('okapi'));
      work.file('folder/two/SKILL.md', skill('quagga'));
      const selectedCapabilityRoots = ['plugin', 'folder', 'none'].map((id) => ({
        id,
        location: { type: 'environment', environmentId: 'remote', path: `${work.path}/${id}` },
      }));
      await using app = await AppServer.start(home, url, work.path, { selectedCapabilityRoots });
      assert.is((await app.turn()).status, 'completed');
      const warnings = JSON.stringify(app.events.filter(({ method }) => method === 'warning'));
      return { conversation, warnings, methods: tap.messages.map(({ method }) => method) };
    },
    { config },
  );
}

const discovery = '[features]\nexecutor_capability_discovery = true';

for (const server of [ownServer, referenceServer]) {
  const { name, skip } = server;

  test(
    `${name}: the model gets the skills of plugins and folders of the executor; one that is not there does no harm`,
    async () => {
      const { conversation, methods } = await selectRoots(server, '');
      for (const word of ['okapi', 'quagga']) assert.match(conversation, `the word is ${word}`);
      assert.not.ok(methods.includes('capabilityRoots/discoverV1'));
    },
    { skip, timeoutMs },
  );

  test(
    `${name}: a client that leaves it to the server to find them gets the same, without a warning`,
    async () => {
      const { conversation, warnings, methods } = await selectRoots(server, discovery);
      assert.ok(methods.includes('capabilityRoots/discoverV1'));
      for (const word of ['okapi', 'quagga']) assert.match(conversation, `the word is ${word}`);
      assert.not.match(warnings, 'discovery failed');
    },
    { skip, timeoutMs },
  );
}
