import { symlinkSync } from 'node:fs';
import { ExecClient } from '@exec-server/client';
import { RpcError } from '@exec-server/protocol';
import { startExecServer } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { findDanglingLinks } from '#cli/copy/dangling-links.js';
import { failure } from '../../harness/failure.js';
import { Scratch } from '../../harness/scratch.js';
import { ScriptedServer } from '../../harness/scripted-server.js';
import { suite } from '../../harness/test.js';

const test = suite('dangling-links');

test('links that lead nowhere are found, and no others, below other links too', async () => {
  await using host = await startExecServer();
  using scratch = new Scratch();
  scratch.file('a/file');
  symlinkSync('nowhere', `${scratch.path}/a/new\nline`);
  symlinkSync('file', `${scratch.path}/a/good`);
  symlinkSync('a', `${scratch.path}/b`);
  symlinkSync('..', `${scratch.path}/a/up`);
  const { signal } = new AbortController();
  const links = await findDanglingLinks(host.client, [`file://${scratch.path}`], signal);
  assert.equal(links.toSorted(), [`${scratch.path}/a/new\nline`, `${scratch.path}/b/new\nline`]);
  assert.equal(await findDanglingLinks(host.client, [`file://${scratch.path}/a/file`, 'file:///no/such'], signal), []);
});

test('where nobody can look there is no knowing', async () => {
  const server = new ScriptedServer(
    { 'process/run': () => new RpcError('startFailed', 'No such file or directory (os error 2)') },
    { capabilities: ['processRun'] },
  );
  await using client = await ExecClient.connect(server.openChannel);
  assert.equal(await findDanglingLinks(client, ['file:///srv'], new AbortController().signal), []);
  assert.equal(await findDanglingLinks(client, [], new AbortController().signal), []);
  assert.is(server.of('process/run').length, 1);
});

test('a signal ends the search', async () => {
  const server = new ScriptedServer({ 'process/run': () => new Promise<never>(() => undefined) }, { capabilities: ['processRun'] });
  await using client = await ExecClient.connect(server.openChannel);
  const controller = new AbortController();
  const search = failure(findDanglingLinks(client, ['file:///srv'], controller.signal), Error);
  await server.request('process/run');
  controller.abort(new Error('enough'));
  assert.is((await search).message, 'enough');
});
