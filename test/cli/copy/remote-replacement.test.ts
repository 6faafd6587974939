import { readdirSync, readFileSync } from 'node:fs';
import { ExecClient } from '@exec-server/client';
import { RpcError } from '@exec-server/protocol';
import { startExecServer } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { RemoteReplacement } from '#cli/copy/remote-replacement.js';
import { failure } from '../../harness/failure.js';
import { Scratch } from '../../harness/scratch.js';
import { type Script, ScriptedServer } from '../../harness/scripted-server.js';
import { suite } from '../../harness/test.js';

const test = suite('remote-replacement');

const { signal } = new AbortController();
const from = 'file:///srv/a%20b.part';
const to = 'file:///srv/a%20b';

/** A run of `mv` that ends so. */
function runs(exitCode: number, stderr = ''): Script {
  const rest = { exitCode, signal: null, timedOut: false, truncated: false, durationMs: 1 };
  return { 'process/run': ({ processId }) => ({ processId, stdoutBase64: '', stderrBase64: btoa(stderr), ...rest }) };
}

async function createHost(script: Script, capabilities: readonly string[] = ['processRun']) {
  const stats = { isFile: true, isDirectory: false, isSymlink: false, size: 0, createdAtMs: 0, modifiedAtMs: 0 };
  const copies: Script = {
    'fs/copy': () => ({}),
    'fs/remove': () => ({}),
    'fs/rename': () => ({}),
    'fs/canonicalize': ({ path }) => ({ path }),
    'fs/getMetadata': () => stats,
  };
  const server = new ScriptedServer({ ...copies, ...script }, { capabilities });
  const client = await ExecClient.connect(server.openChannel);
  const warnings: string[] = [];
  const replacement = new RemoteReplacement(client, (text) => warnings.push(text));
  return { server, warnings, replacement, [Symbol.asyncDispose]: () => client.close() };
}

test('a server that can rename does', async () => {
  await using host = await createHost({}, ['processRun', 'fsRename']);
  await host.replacement.replace(from, to, signal);
  assert.equal(host.server.of('fs/rename')[0]?.params, { from, to });
  assert.is(host.server.of('process/run').length, 0);
});

test('any other is made to run mv, which takes the destination for no directory', async () => {
  await using host = await createHost(runs(0));
  await host.replacement.replace(from, to, signal);
  const { argv, cwd } = host.server.of('process/run')[0]?.params ?? {};
  assert.equal([argv, cwd], [['mv', '-f', '-T', '--', '/srv/a b.part', '/srv/a b'], 'file:///']);
  assert.equal([host.server.of('fs/copy'), host.warnings], [[], []]);
});

test('what mv refuses is the error', async () => {
  await using host = await createHost(runs(1, "mv: cannot move 'a': Permission denied\n"));
  assert.is((await failure(host.replacement.replace(from, to, signal), Error)).message, "mv: cannot move 'a': Permission denied");
  assert.equal(host.server.of('fs/copy'), []);
});

test('without mv, or one that knows its options, the content is copied, and the user told once', async () => {
  const scripts = [
    { 'process/run': () => new RpcError('startFailed', 'No such file or directory (os error 2)') },
    runs(1, "mv: unrecognized option '-T'"),
  ];
  for (const script of scripts) {
    await using host = await createHost(script);
    for (let round = 0; round < 2; round++) await host.replacement.replace(from, to, signal);
    assert.is(host.server.of('process/run').length, 1);
    assert.equal(
      host.server.of('fs/copy').map(({ params }) => params),
      [
        { sourcePath: from, destinationPath: to, recursive: false },
        { sourcePath: from, destinationPath: to, recursive: false },
      ],
    );
    assert.is(host.server.of('fs/remove').length, 2);
    assert.is(host.warnings.length, 1);
  }
});

test('a name that no argument can hold is copied as well, others are still moved', async () => {
  await using host = await createHost(runs(0));
  await host.replacement.replace('file:///%FF.part', 'file:///%FF', signal);
  await host.replacement.replace(from, to, signal);
  assert.equal([host.server.of('fs/copy').length, host.server.of('process/run').length], [1, 1]);
});

test('on a real server the file has its name, and the other is gone', async () => {
  await using host = await startExecServer();
  using scratch = new Scratch();
  scratch.file('a', 'old');
  scratch.file('b', 'new');
  await new RemoteReplacement(host.client, () => undefined).replace(`file://${scratch.path}/b`, `file://${scratch.path}/a`, signal);
  assert.equal([readdirSync(scratch.path), readFileSync(`${scratch.path}/a`, 'utf8')], [['a'], 'new']);
});
