import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { FilesOnServer } from '../../harness/files-on-server.js';
import { suite } from '../../harness/test.js';

const test = suite('discover');

async function discover(files: FilesOnServer, name: string, more: object = {}) {
  const { roots } = await files.result('capabilityRoots/discoverV1', { roots: [{ id: 'r', path: files.uri(name), ...more }] });
  const [root] = roots;
  assert.ok(root);
  return root;
}

/** Paths of the skills below the scratch directory, each with its metadata behind a plus. */
async function skillsIn(files: FilesOnServer, name: string): Promise<string> {
  const { skills, error } = await discover(files, name);
  assert.is(error, null);
  const short = (path: string): string => path.slice(files.uri().length + 1);
  return skills.map(({ instructions, metadata }) => short(instructions.path) + (metadata ? `+${short(metadata.path)}` : '')).join(' ');
}

test('every skill is found, with what stands beside it, sorted by path', async () => {
  await using files = await FilesOnServer.open();
  files.scratch.file('s/one/SKILL.md', 'the first');
  files.scratch.file('s/one/agents/openai.yaml', 'a: 1');
  files.scratch.file('s/one/inner/SKILL.md');
  files.scratch.file('s/.hidden/two/SKILL.md');
  files.scratch.file('s/lower/skill.md');
  files.scratch.directory('s/directory/SKILL.md');
  files.scratch.file('elsewhere/three/SKILL.md');
  symlinkSync('../elsewhere', join(files.path, 's/linked'));
  symlinkSync('.', join(files.path, 's/loop'));
  const found = ['.hidden/two/SKILL.md', 'linked/three/SKILL.md', 'one/SKILL.md+s/one/agents/openai.yaml', 'one/inner/SKILL.md'];
  assert.is(await skillsIn(files, 's'), found.map((name) => `s/${name}`).join(' '));
  assert.is(await skillsIn(files, 's/one/inner'), 's/one/inner/SKILL.md');
  const [first] = (await discover(files, 's/one')).skills;
  assert.equal([first?.instructions.contents, first?.metadata?.contents], ['the first', 'a: 1']);
});

test('six levels of directories are searched', async () => {
  await using files = await FilesOnServer.open();
  files.scratch.file('s/1/2/3/4/5/6/SKILL.md');
  files.scratch.file('s/1/2/3/4/5/6/7/SKILL.md');
  assert.is(await skillsIn(files, 's'), 's/1/2/3/4/5/6/SKILL.md');
});

test('S4: what is too large, no text, a pipe, or too much in all is left out with a word', async () => {
  await using files = await FilesOnServer.open({ capabilityFileBytes: 100, capabilityBytes: 250 });
  files.scratch.file('s/a/SKILL.md', 'x'.repeat(101));
  files.scratch.file('s/b/SKILL.md', Buffer.from([0xff]));
  files.scratch.directory('s/c');
  files.scratch.pipe('s/c/SKILL.md');
  for (const name of ['d', 'e', 'f']) files.scratch.file(`s/${name}/SKILL.md`, 'y'.repeat(100));
  const { skills, warnings } = await discover(files, 's');
  assert.is(skills.length, 2);
  assert.equal(warnings, [
    `capability file ${files.uri('s/a/SKILL.md')} exceeds the 100-byte limit`,
    `capability file ${files.uri('s/b/SKILL.md')} is not UTF-8`,
    `capability file ${files.uri('s/f/SKILL.md')} was left out: there are too many`,
  ]);
});

test('the manifests of plugins around and below are told', async () => {
  await using files = await FilesOnServer.open();
  files.scratch.file('p/.codex-plugin/plugin.json', '{"name":"outer"}');
  files.scratch.file('p/skills/x/SKILL.md');
  files.scratch.file('p/skills/inner/.claude-plugin/plugin.json', '{"name":"inner"}');
  files.scratch.file('p/skills/other/plugin.json', 'not of a plugin');
  const names = async (root: string): Promise<string[]> => (await discover(files, root)).namespaceManifests.map(({ contents }) => contents);
  for (const root of ['p', 'p/skills']) assert.equal(await names(root), ['{"name":"outer"}', '{"name":"inner"}']);
  assert.equal(await names('p/skills/x'), ['{"name":"outer"}']);
});

test('what is wrong with one root is told in its place, and the others are answered', async () => {
  await using files = await FilesOnServer.open();
  files.scratch.file('s/SKILL.md');
  const managed = { type: 'managed', file_system: { type: 'restricted', entries: [] }, network: 'enabled' };
  const { roots } = await files.result('capabilityRoots/discoverV1', {
    roots: [
      { id: 'missing', path: files.uri('none') },
      { id: 'file', path: files.uri('s/SKILL.md') },
      { id: 'elsewhere', path: 'file://host/x' },
      { id: 'sandboxed', path: files.uri('s'), sandbox: { permissions: managed, windowsSandboxLevel: 'disabled' } },
      { id: 'fine', path: files.uri('s'), sandbox: { permissions: { type: 'disabled' }, windowsSandboxLevel: 'disabled' } },
    ],
  });
  assert.equal(
    roots.map(({ id, error, skills }) => [id, error ?? skills.length]),
    [
      ['missing', `failed to inspect capability root ${files.uri('none')}: No such file or directory (os error 2)`],
      ['file', `capability root ${files.uri('s/SKILL.md')} is not a directory`],
      ['elsewhere', `'file://host/x' is invalid on '${process.platform}'`],
      ['sandboxed', 'filesystem sandbox cannot be enforced on this executor'],
      ['fine', 1],
    ],
  );
  assert.equal(await files.result('capabilityRoots/discoverV1', { roots: [] }), { roots: [] });
});
