import * as assert from 'uvu/assert';
import { RpcError, rpcErrors, type RpcErrorName } from '#protocol/errors.js';
import { suite } from '../harness/test.js';

const test = suite('errors');

const names = Object.keys(rpcErrors) as RpcErrorName[];

test('every named error has a code of the base protocol and says what it means', () => {
  const codes = new Set<number>([-32600, -32601, -32602, -32603, -32004, -32010]);
  for (const name of names) {
    assert.ok(codes.has(rpcErrors[name].code), name);
    assert.match(rpcErrors[name].meaning, /\.$/, name);
  }
});

test('the codes clients act upon are those of the base', () => {
  assert.is(rpcErrors.unknownMethod.code, -32601);
  assert.is(rpcErrors.invalidParams.code, -32602);
  assert.is(rpcErrors.sessionAttached.code, -32010);
  assert.is(rpcErrors.fileNotFound.code, -32004);
  assert.is(rpcErrors.unknownHandle.code, -32004);
  for (const name of ['unknownSession', 'unknownProcess', 'processIdTaken', 'handshakeRequired', 'alreadyInitialized'] as const) {
    assert.is(rpcErrors[name].code, -32600, name);
  }
});

test('a named error travels with its name and its details and arrives as the same error', () => {
  for (const name of names) {
    const wire = new RpcError(name, 'what happened', { osError: 'ENOENT' }).toWire();
    assert.equal(wire, { code: rpcErrors[name].code, message: 'what happened', data: { reason: name, osError: 'ENOENT' } });
    const arrived = new RpcError(JSON.parse(JSON.stringify(wire)) as typeof wire);
    assert.is(arrived.reason, name);
    assert.is(arrived.message, 'what happened');
    assert.equal(arrived.detail, { osError: 'ENOENT' });
  }
});

test('an error of a server that sends no data has no reason', () => {
  for (const data of [undefined, null, 'text', 7, ['reason'], { reason: 7 }]) {
    const error = new RpcError({ code: -32600, message: 'unknown process id p', data });
    assert.is(error.code, -32600);
    assert.is(error.reason, undefined, JSON.stringify(data));
    assert.is(error.message, 'unknown process id p');
  }
});

test('details of a foreign error are kept', () => {
  const error = new RpcError({ code: 1, message: 'm', data: { reason: 'ours', limit: 5 } });
  assert.equal(error.detail, { limit: 5 });
  assert.is(error.name, 'RpcError');
  assert.instance(error, Error);
});
