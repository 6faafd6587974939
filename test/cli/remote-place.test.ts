import { ExecClient } from '@exec-server/client';
import * as assert from 'uvu/assert';
import { exitCodes, ExitError } from '#cli/exit-codes.js';
import { readRemoteMark, toRemoteUrl } from '#cli/remote-place.js';
import { ScriptedServer } from '../harness/scripted-server.js';
import { suite } from '../harness/test.js';

const test = suite('remote-place');

test('a mark before the path means the server', () => {
  const marked = { 'remote:/x': '/x', ':/x': '/x', 'remote:': '', ':': '', 'REMOTE:a b': 'a b', 'remote:remote:x': 'remote:x' };
  for (const [text, path] of Object.entries(marked)) assert.is(readRemoteMark(text), path, text);
  for (const text of ['/x', './:x', './remote:x', 'x:y', 'C:\\x', '-', '', 'remotes:x']) assert.is(readRemoteMark(text), null, text);
});

/** The exit code a call is refused with. */
const refusal = (call: Promise<unknown>) =>
  call.then(
    () => null,
    (error: unknown) => (error instanceof ExitError ? error.exitCode : error),
  );

async function urlOf(path: string, environment: object = {}): Promise<string> {
  const environmentInfo = {
    shell: { name: 'sh', path: '/bin/sh' },
    cwd: 'file:///srv/work',
    userHomeDir: 'file:///home/me',
    ...environment,
  };
  const server = new ScriptedServer({ initialize: () => ({ sessionId: 's', environmentInfo }) });
  await using client = await ExecClient.connect(server.openChannel);
  return toRemoteUrl(client, path).href;
}

test('relative paths begin at the working directory, ~ at the home directory', async () => {
  const urls = {
    '/x y': 'file:///x%20y',
    '': 'file:///srv/work/',
    x: 'file:///srv/work/x',
    '~': 'file:///home/me/',
    '~/x #1%': 'file:///home/me/x%20%231%25',
    '~x': 'file:///srv/work/~x',
    './~': 'file:///srv/work/~',
  };
  for (const [path, url] of Object.entries(urls)) assert.is(await urlOf(path), url, path);
});

test('what cannot be a path, or needs what the server does not tell, is refused', async () => {
  assert.is(await refusal(urlOf('a\0b')), exitCodes.usage);
  assert.is(await refusal(urlOf('~/x', { userHomeDir: null })), exitCodes.failure);
  assert.is(await refusal(urlOf('x', { cwd: null })), exitCodes.usage);
});
