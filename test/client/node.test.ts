import { connect, connectCommand, ConnectionRefusedError } from '@exec-server/client';
import { FaultProxy, startExecServer } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { failure } from '../harness/failure.js';
import { suite } from '../harness/test.js';

const test = suite('node entry');

test('a token that is a function is asked for before every connection', async () => {
  await using host = await startExecServer();
  await using proxy = await FaultProxy.start(host.url);
  const tokens = [host.token, Promise.resolve(host.token)];
  let asked = 0;
  const client = await connect(proxy.url, { token: () => tokens[asked++] ?? 'used up' });
  proxy.cut();
  await proxy.connected(2);
  assert.is(await client.environment.status(), 'ready');
  assert.is(asked, 2);
  await client.close();
});

test('a token that cannot be had fails the connecting with its error', async () => {
  const reason = new Error('the vault is sealed');
  assert.is(await failure(connect('ws://127.0.0.1:1', { token: () => Promise.reject(reason) }), Error), reason);
});

test('wrong credentials are refused with status and text', async () => {
  await using host = await startExecServer();
  const error = await failure(connect(host.url, { token: 'wrong' }), ConnectionRefusedError);
  assert.equal([error.status, error.message], [401, 'the server refused the connection: 401 invalid websocket bearer token']);
});

test('an address that is none is an error', async () => {
  assert.match((await failure(connect('not a url'), TypeError)).message, 'Invalid URL');
});

test('a command without a program is an error', async () => {
  await failure(connectCommand([]), Error);
});
