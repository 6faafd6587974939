import { DisconnectedError, ExecClient, FileChangedError, OutcomeUnknownError } from '@exec-server/client';
import { limits } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { isSessionOver, tryAgain } from '#cli/copy/try-again.js';
import { failure } from '../../harness/failure.js';
import { ScriptedServer } from '../../harness/scripted-server.js';
import { suite } from '../../harness/test.js';

const test = suite('try-again');

const connect = (): Promise<ExecClient> => ExecClient.connect(new ScriptedServer().openChannel);

function failing(error: Error, times: number) {
  let attempts = 0;
  return { work: async () => (++attempts <= times ? Promise.reject(error) : attempts), count: () => attempts };
}

test('what a broken line or a changed file has spoilt is done again', async () => {
  await using client = await connect();
  const changed = new FileChangedError({ syscall: 'read', path: '/x' });
  for (const error of [new OutcomeUnknownError('fs/writeBlock'), changed]) {
    assert.is(await tryAgain(client, failing(error, 3).work), 4);
    const hopeless = failing(error, Infinity);
    await failure(tryAgain(client, hopeless.work), error.constructor as typeof Error);
    assert.is(hopeless.count(), limits.copyAttempts, 'but not for ever');
  }
});

test('anything else is not', async () => {
  await using client = await connect();
  const { work, count } = failing(new Error('disk full'), 1);
  await failure(tryAgain(client, work), Error);
  assert.is(count(), 1);
});

test('after the end of the session nothing is', async () => {
  const client = await connect();
  await client.close();
  const { work, count } = failing(new DisconnectedError('gone'), 1);
  assert.ok(isSessionOver(client, await failure(tryAgain(client, work), DisconnectedError)));
  assert.is(count(), 1);
});
