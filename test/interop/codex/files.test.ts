import { randomBytes } from 'node:crypto';
import * as assert from 'uvu/assert';
import { describeTree } from '../../harness/file-trees.js';
import { Scratch } from '../../harness/scratch.js';
import { suite } from '../../harness/test.js';
import { ownServer, referenceServer, type Server } from '../servers.js';
import { AppServer } from './app-server.js';
import { applyPatch, call, type ModelItem, type ModelScript, type ScriptPart } from './model-script.js';
import { play } from './play.js';
import { makePng } from './png.js';
import { type Stage, withStage } from './stage.js';

const test = suite('codex, files');

const MiB = 1024 * 1024;
const timeoutMs = 60_000;

const skillFile = (name: string, word: string): string => `---\nname: ${name}\ndescription: a skill, word ${word}\n---\nbody\n`;

for (const server of [ownServer, referenceServer]) {
  const { name, skip } = server;

  test(
    `${name}: a patch adds, changes, moves and deletes files`,
    async () => {
      using expected = new Scratch();
      expected.file('changed', 'one\nTWO\nthree\n');
      expected.file('moved here/to', 'stay\nnew\n');
      expected.file('sub/dir/new ü', 'fresh\n');
      let tree: string[] = [];
      let path = '';
      const { told, turn } = await play(
        server,
        async function* (): ScriptPart<string> {
          const patch = applyPatch(
            ...['*** Add File: sub/dir/new ü', '+fresh'],
            ...['*** Update File: changed', '@@', ' one', '-two', '+TWO'],
            ...['*** Update File: moved', '*** Move to: moved here/to', '@@', ' stay', '-old', '+new'],
            '*** Delete File: deleted',
          );
          const answer = (yield [patch]).text();
          tree = describeTree(path);
          return answer;
        },
        undefined,
        {
          setUp: ({ work }) => {
            path = work.path;
            work.file('changed', 'one\ntwo\nthree\n');
            work.file('moved', 'stay\nold\n');
            work.file('deleted', 'bye\n');
          },
        },
      );
      assert.match(told, 'A sub/dir/new ü\nM changed\nM moved here/to\nD deleted\n');
      assert.equal(tree, describeTree(expected.path));
      const [item] = turn.items.filter(({ type }) => type === 'fileChange');
      assert.is(item?.['status'], 'completed');
    },
    { skip },
  );

  test(
    `${name}: a patch that does not fit is refused with a word why, and nothing is changed`,
    async () => {
      const { told } = await play(
        server,
        async function* (): ScriptPart<string[]> {
          const said = [];
          for (const file of ['there', 'gone', 'directory']) {
            said.push((yield [applyPatch(`*** Update File: ${file}`, '@@', '-two', '+TWO')]).text());
          }
          return [...said, (yield [call('exec_command', { cmd: 'cat there' })]).command().text];
        },
        undefined,
        { setUp: ({ work }) => void [work.file('there', 'one\n'), work.directory('directory')] },
      );
      assert.match(told[0] ?? '', 'Failed to find expected lines');
      assert.match(told[1] ?? '', /Failed to read file to update \S+\/gone: No such file or directory \(os error 2\)/);
      assert.match(told[2] ?? '', /Failed to read file to update \S+\/directory: path `\S+\/directory` is not a file/);
      assert.match(told[3] ?? '', /Output:\none\n$/);
    },
    { skip },
  );

  test(
    `${name}: the model gets the instructions and the skills of the executor`,
    async () => {
      const { told } = await play(
        server,
        async function* (): ScriptPart<string> {
          return JSON.stringify((yield [call('exec_command', { cmd: 'true' })]).conversation);
        },
        undefined,
        {
          setUp: ({ work }) => {
            work.file('AGENTS.md', 'the word is zebra');
            work.file('.agents/skills/probe/SKILL.md', skillFile('probe', 'gnu'));
            work.file('.agents/skills/deep/er/SKILL.md', skillFile('other', 'okapi'));
            work.file('.agents/skills/.hidden/SKILL.md', skillFile('hidden', 'quagga'));
          },
        },
      );
      assert.match(told, '<INSTRUCTIONS>\\nthe word is zebra\\n</INSTRUCTIONS>');
      assert.match(told, /- probe: a skill, word gnu \(file: [^)]*probe\/SKILL.md\)/);
      assert.match(told, /- other: a skill, word okapi \(file: [^)]*deep\/er\/SKILL.md\)/);
      assert.not.match(told, 'quagga');
    },
    { skip },
  );

  test(
    `${name}: instructions come from every directory of the repository, an override goes first`,
    async () => {
      let text = '';
      async function* script(): ModelScript {
        text = JSON.stringify((yield [call('exec_command', { cmd: 'true' })]).conversation);
      }
      await withStage(server, script(), async ({ home, url, work }) => {
        work.directory('repository/.git');
        work.file('AGENTS.md', 'word of above');
        work.file('repository/AGENTS.md', 'word of the root');
        work.file('repository/between/AGENTS.md', 'word of before');
        work.file('repository/between/AGENTS.override.md', 'word of the override');
        const cwd = work.directory('repository/between/leaf');
        await using app = await AppServer.start(home, url, cwd);
        await app.turn();
      });
      assert.match(text, /word of the root.*word of the override/);
      assert.not.match(text, /word of above|word of before/);
    },
    { skip },
  );

  test(
    `${name}: a skill that comes while the client watches for it is there in the next turn`,
    async () => {
      const seen: boolean[] = [];
      async function* script(): ModelScript {
        for (const cmd of [`mkdir -p .agents/skills && cp -r prepared .agents/skills/late`, 'true']) {
          const { conversation } = yield [call('exec_command', { cmd })];
          seen.push(JSON.stringify(conversation).includes('- late: a skill, word gnu'));
          if (cmd !== 'true') yield [{ type: 'message', role: 'assistant', id: 'said', content: [] }];
        }
      }
      await withStage(server, script(), async ({ home, url, work, tap, model }) => {
        work.file('prepared/SKILL.md', skillFile('late', 'gnu'));
        await using app = await AppServer.start(home, url, work.path);
        await app.turn();
        const { params } = await tap.find(({ method }) => method === 'fs/missingChanged');
        const { params: watch } = await tap.find(({ method }) => method === 'fs/watchMissing');
        assert.is(params?.['watchId'], watch?.['watchId']);
        await app.turn();
        assert.is(model.fault, null);
      });
      assert.equal(seen, [false, true]);
    },
    { skip },
  );

  test(
    `${name}: the model sees a picture; what is none is refused with a word why`,
    async () => {
      const picture = makePng(randomBytes(1_000));
      const { told } = await play(
        server,
        async function* (): ScriptPart<string[]> {
          const said = (yield [call('view_image', { path: 'picture.png' })]).images;
          for (const path of ['absent.png', 'text.png', 'directory']) said.push((yield [call('view_image', { path })]).text());
          return said;
        },
        undefined,
        {
          setUp: ({ work }) => {
            work.file('picture.png', picture);
            work.file('text.png', 'a thousand words');
            work.directory('directory');
          },
        },
      );
      assert.is(told[0], `data:image/png;base64,${picture.toString('base64')}`);
      assert.match(told[1] ?? '', /unable to locate image at `\S+\/absent.png`: No such file or directory \(os error 2\)/);
      assert.is(told[2], 'unable to process image: invalid or unsupported image data');
      assert.match(told[3] ?? '', /image path `\S+\/directory` is not a file/);
    },
    { skip },
  );
}

/** Has the model do something, and run a command afterwards; returns what it is told, and how often the client had to connect. */
async function inOneTurn(server: Server, item: ModelItem, setUp: (stage: Stage) => void): Promise<{ told: string[]; connections: number }> {
  let connections = 0;
  const { told } = await play(
    server,
    async function* (): ScriptPart<string[]> {
      const answers = yield [item];
      const first = answers.images.length > 0 ? 'seen' : answers.text();
      // There the client cannot come back to its session for a while.
      if (server === referenceServer) return [first];
      return [first, (yield [call('exec_command', { cmd: 'test ! -e large || head -n 1 large; echo still there' })]).command().text];
    },
    async ({ tap }, app) => {
      await app.find(({ method }) => method === 'turn/completed');
      ({ connections } = tap);
    },
    { setUp },
  );
  return { told, connections };
}

const viewLargePicture = (server: Server) =>
  inOneTurn(server, call('view_image', { path: 'picture.png' }), ({ work }) => {
    work.file('picture.png', makePng(randomBytes(14 * MiB)));
  });

test(
  'a picture that takes more than a frame of 16 MiB comes over one connection',
  async () => {
    const { told, connections } = await viewLargePicture(ownServer);
    assert.is(told[0], 'seen');
    assert.match(told[1] ?? '', /\nstill there\n$/);
    assert.is(connections, 1);
  },
  { skip: ownServer.skip, timeoutMs },
);

test(
  "the reference's own server sends it in one frame, which costs the connection",
  async () => {
    const { told } = await viewLargePicture(referenceServer);
    assert.match(told[0] ?? '', 'exec-server transport closed');
  },
  { skip: referenceServer.skip, timeoutMs },
);

test(
  'a patch for which the client sends more than a frame of 16 MiB fails with a word, the file stays, and the client comes back',
  async () => {
    const content = `first\n${`${'x'.repeat(99)}\n`.repeat(140_000)}`;
    const patch = applyPatch('*** Update File: large', '@@', '-first', '+FIRST');
    const { told, connections } = await inOneTurn(ownServer, patch, ({ work }) => {
      work.file('large', content);
    });
    assert.match(told[0] ?? '', /Failed to write file \S+\/large/);
    assert.match(told[1] ?? '', /\nfirst\nstill there\n$/);
    assert.is(connections, 2);
  },
  { skip: ownServer.skip, timeoutMs },
);
