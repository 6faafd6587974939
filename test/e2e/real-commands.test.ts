import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { runCommand, startCommandServer } from '../harness/command-line.js';
import { suite } from '../harness/test.js';

const test = suite('real commands');

/** Runs the rest in a folder that is removed afterwards. */
async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'exec-server-test-'));
  try {
    await body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const has = (program: string, ...args: string[]): string | null => {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return null;
  } catch {
    return `${program} is not installed`;
  }
};

test(
  'a walk through a git history prints what it prints locally',
  async () => {
    await inFolder(async (folder) => {
      const git = (...args: string[]): Buffer =>
        execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd: folder });
      git('init', '-q');
      for (let commit = 0; commit < 30; commit++) {
        writeFileSync(join(folder, 'file.txt'), Array.from({ length: 200 }, (_, line) => `${commit} ${line}\n`).join(''));
        git('add', '.');
        git('commit', '-qm', `commit ${commit}`);
      }
      const log = ['git', 'log', '-p', '--stat', '--format=fuller'];
      await using server = await startCommandServer();
      const remote = await runCommand(['exec', '--url', server.url, '--cwd', folder, '--', ...log]);
      const local = execFileSync('git', log.slice(1), { cwd: folder });
      assert.is(remote.code, 0, remote.stderr);
      assert.ok(local.length > 50_000, 'the history is worth walking');
      assert.ok(remote.stdout.equals(local), 'the same bytes');
    });
  },
  { skip: has('git', '--version'), timeoutMs: 60_000 },
);

test(
  'a C program is compiled and run, errors and exit codes included',
  async () => {
    await inFolder(async (folder) => {
      writeFileSync(
        join(folder, 'ok.c'),
        '#include <stdio.h>\nint main(int argc, char **argv) { printf("%d %s\\n", argc, argv[1]); return 42; }\n',
      );
      writeFileSync(join(folder, 'bad.c'), 'int main(void) { return undeclared; }\n');
      await using server = await startCommandServer();
      const exec = (...argv: string[]) => runCommand(['exec', '--url', server.url, '--cwd', folder, '--', ...argv]);
      const compiled = await exec('cc', '-O2', '-o', 'ok', 'ok.c');
      assert.is(compiled.code, 0, compiled.stderr);
      const ran = await exec('./ok', 'an argument with spaces');
      assert.is(ran.stdout.toString(), '2 an argument with spaces\n');
      assert.is(ran.code, 42);
      const failed = await exec('cc', '-c', 'bad.c');
      assert.is(failed.code, 1);
      assert.match(failed.stderr, /undeclared/);
    });
  },
  { skip: has('cc', '--version'), timeoutMs: 60_000 },
);

test('two million lines arrive complete, on a server and on one of its own', async () => {
  const expected = createHash('sha256');
  for (let from = 1; from <= 2_000_000; from += 10_000) {
    expected.update(Array.from({ length: 10_000 }, (_, index) => `${from + index}\n`).join(''));
  }
  const wanted = expected.digest('hex');
  await using server = await startCommandServer();
  for (const target of [['--url', server.url], []]) {
    const result = await runCommand(['exec', ...target, '--', 'seq', '1', '2000000']);
    assert.is(createHash('sha256').update(result.stdout).digest('hex'), wanted);
    assert.is(result.code, 0);
  }
});
