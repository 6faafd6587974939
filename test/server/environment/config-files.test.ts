import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { findConfigFiles, findRequirements } from '#server/environment/config-files.js';
import { failure } from '../../harness/failure.js';
import { Scratch } from '../../harness/scratch.js';
import { suite } from '../../harness/test.js';

const test = suite('config-files');

/** Places for settings in a scratch directory, and the sources found for a directory in it, as one text. */
function createPlaces(scratch: Scratch) {
  const places = { systemDirectory: join(scratch.path, 'etc'), homeDirectory: join(scratch.path, 'home') };
  const find = async (cwd: string): Promise<string> => {
    const { files } = await findConfigFiles(join(scratch.path, cwd), places);
    return files.map(({ source }) => source.replaceAll(`${scratch.path}/`, '')).join(', ');
  };
  return { places, find };
}

function trust(scratch: Scratch, ...names: string[]): void {
  const projects = names.map((name) => `[projects."${join(scratch.path, name)}"]\ntrust_level = "trusted"\n`);
  scratch.file('home/config.toml', projects.join(''));
}

test('files that are there count, weakest first', async () => {
  using scratch = new Scratch();
  const { places, find } = createPlaces(scratch);
  assert.is(await find('work'), '');
  assert.is((await findConfigFiles(scratch.path, places)).systemCount, 0);
  scratch.file('etc/managed_config.toml', 'a = 1');
  scratch.file('home/config.toml', 'a = 1');
  scratch.file('etc/config.toml', 'a = 1');
  assert.is(await find('work'), 'system (etc/config.toml), user (home/config.toml), legacy managed_config.toml (etc/managed_config.toml)');
  assert.is((await findConfigFiles(scratch.path, places)).systemCount, 1);
});

test('S5: a project says nothing unless the user trusts it', async () => {
  using scratch = new Scratch();
  const { find } = createPlaces(scratch);
  for (const name of ['work/.codex', 'work/sub/.codex']) scratch.file(`${name}/config.toml`, 'a = 1');
  mkdirSync(join(scratch.path, 'work/.git'));
  mkdirSync(join(scratch.path, 'work/sub/deep'));
  trust(scratch, 'elsewhere');
  assert.is(await find('work/sub/deep'), 'user (home/config.toml)');
  trust(scratch, 'work');
  const [user, top, below] = ['user (home/config.toml)', 'project (work/.codex/config.toml)', 'project (work/sub/.codex/config.toml)'];
  assert.is(await find('work'), `${user}, ${top}`);
  assert.is(await find('work/sub'), `${user}, ${top}, ${below}`);
  assert.is(await find('work/sub/deep'), `${user}, ${top}, ${below}`);
  scratch.file('home/config.toml', `[projects."${scratch.path}/work"]\ntrust_level = "untrusted"\n`);
  assert.is(await find('work'), user);
});

test('outside of any repository a directory stands for itself', async () => {
  using scratch = new Scratch();
  const { find } = createPlaces(scratch);
  for (const name of ['work/.codex', 'work/sub/.codex']) scratch.file(`${name}/config.toml`, 'a = 1');
  trust(scratch, 'work/sub');
  assert.is(await find('work/sub'), 'user (home/config.toml), project (work/sub/.codex/config.toml)');
  assert.is(await find('work'), 'user (home/config.toml)');
  assert.is(await find('work/none/at/all'), 'user (home/config.toml)');
});

test('what the machine demands stands in a file of its own', async () => {
  using scratch = new Scratch();
  const { places } = createPlaces(scratch);
  assert.equal(await findRequirements(places), { files: [], systemCount: 0 });
  const path = scratch.file('etc/requirements.toml', 'a = 1');
  const { files, systemCount } = await findRequirements(places);
  assert.equal([files.map(({ source }) => source), systemCount], [[path], 1]);
});

test('S4: what is no file, no TOML or too large is an error that names it', async () => {
  using scratch = new Scratch();
  const { find } = createPlaces(scratch);
  const path = scratch.file('home/config.toml', 'a = 1\nb = = 1');
  assert.match((await failure(find('work'), Error)).message, `${path}:2:5: `);
  scratch.file('home/config.toml', `a = "${'x'.repeat(1_100_000)}"`);
  assert.match((await failure(find('work'), Error)).message, 'more than 1048576 bytes');
  using other = new Scratch();
  other.directory('home/config.toml');
  assert.match((await failure(createPlaces(other).find('work'), Error)).message, 'is not a file');
});
