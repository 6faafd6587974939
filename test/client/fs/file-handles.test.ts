import { DisconnectedError, OutcomeUnknownError, SessionLostError } from '@exec-server/client';
import { RpcError } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { FileHandles, isHandleLost } from '#client/fs/file-handles.js';
import { ScriptedFiles } from '../../harness/scripted-files.js';
import { connectSession } from '../../harness/scripted-session.js';
import { lineBreak, noAnswer } from '../../harness/scripted-server.js';
import { suite } from '../../harness/test.js';

const test = suite('file-handles');

const uri = 'file:///srv/file';

test('no handle has a name twice', async () => {
  const files = new ScriptedFiles();
  files.add(uri, 'x');
  using host = await connectSession(files.script);
  const handles = new FileHandles(host.session);
  const names = await Promise.all(Array.from({ length: 50 }, () => handles.open(uri, { mode: 'read' })));
  assert.is(new Set(names).size, 50);
  assert.is(files.handles.size, 50);
  await Promise.all(names.map((name) => handles.close(name)));
  assert.is(files.handles.size, 0);
});

test('opening is asked for again when the line breaks before the answer', async () => {
  using host = await connectSession({
    'fs/open': ({ handleId }, { connection }) => (connection === 1 ? lineBreak : { handleId }),
  });
  await new FileHandles(host.session).open(uri, { mode: 'replace' });
  assert.is(host.server.of('fs/open').length, 2);
});

test('a file that was opened after all, though nobody waits for it any more, is closed', async () => {
  using host = await connectSession({ 'fs/open': () => noAnswer, 'fs/close': () => ({}) });
  const controller = new AbortController();
  const opening = new FileHandles(host.session).open(uri, { mode: 'read', signal: controller.signal });
  const { params } = await host.server.request('fs/open');
  controller.abort(new Error('enough'));
  assert.is(await opening.catch((error: Error) => error.message), 'enough');
  assert.equal((await host.server.request('fs/close')).params, { handleId: params['handleId'] });
});

test('with the connection a handle is gone: closing it waits for no other', async () => {
  using host = await connectSession({ 'fs/close': () => lineBreak });
  const handles = new FileHandles(host.session);
  host.server.unreachable = new Error('unreachable');
  await handles.close('file-1');
  assert.is(host.session.state, 'recovering');
  await handles.close('file-2');
  assert.is(host.server.of('fs/close').length, 1);
});

test('a handle is lost with its connection, and can be had again while there is a session', () => {
  assert.ok(isHandleLost(new OutcomeUnknownError('fs/readBlock')));
  assert.ok(isHandleLost(new DisconnectedError('x')));
  assert.ok(isHandleLost(new RpcError({ code: -32004, message: 'unknown file handle `x`' })));
  assert.not.ok(isHandleLost(new SessionLostError('x')));
  assert.not.ok(isHandleLost(new RpcError({ code: -32603, message: 'Input/output error (os error 5)' })));
  assert.not.ok(isHandleLost(new Error('x')));
});
