import { FsError } from '@exec-server/client';
import { RpcError } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { FileRequests } from '#client/fs/file-requests.js';
import { failure } from '../../harness/failure.js';
import { connectSession } from '../../harness/scripted-session.js';
import { suite } from '../../harness/test.js';

const test = suite('file-requests');

test('a place has the URI for the wire and the names for messages', async () => {
  using host = await connectSession();
  const requests = new FileRequests(host.session);
  assert.equal(requests.place('cp', 'a b', new URL('file:///%FF')), {
    uri: 'file:///srv/work/a%20b',
    action: { syscall: 'cp', path: 'a b', dest: 'file:///%FF' },
  });
  assert.equal(requests.nameOf('file:///a%20b'), { path: '/a b', uri: 'file:///a%20b' });
  assert.equal(requests.nameOf('file:///%FF'), { path: 'file:///%FF', uri: 'file:///%FF' });
});

test('refusals of the server, and only they, become errors of files', async () => {
  using host = await connectSession({ 'fs/getMetadata': () => new RpcError({ code: -32603, message: 'Permission denied (os error 13)' }) });
  const requests = new FileRequests(host.session);
  const place = requests.place('stat', '/x');
  assert.is((await failure(requests.call('fs/getMetadata', { path: place.uri }, place), FsError)).code, 'EACCES');
  assert.is((await failure(requests.call('fs/readDirectory', { path: place.uri }, place), RpcError)).reason, 'unknownMethod');
  await failure(
    requests.guard(place, () => Promise.reject(new RangeError('x'))),
    RangeError,
  );
});
