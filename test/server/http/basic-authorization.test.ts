import * as assert from 'uvu/assert';
import { basicAuthorization } from '#server/http/basic-authorization.js';
import { suite } from '../../harness/test.js';

const test = suite('basic authorization');

function credentialsOf(url: string): string | null {
  const value = basicAuthorization(new URL(url));
  return value && Buffer.from(value.replace('Basic ', ''), 'base64').toString('utf8');
}

test('credentials of a URL are decoded and stand for themselves', () => {
  assert.is(basicAuthorization(new URL('http://us%20er:p%40ss@host/')), 'Basic dXMgZXI6cEBzcw==');
  assert.is(credentialsOf('http://user@host/'), 'user:');
  assert.is(credentialsOf('http://:secret@host/'), ':secret');
  assert.is(credentialsOf('http://jos%C3%A9:%zz%2@host/'), 'josé:%zz%2');
  assert.is(credentialsOf('http://üser:x@host/'), 'üser:x');
});

test('a URL without credentials stands for nothing', () => {
  assert.is(credentialsOf('http://host/'), null);
  assert.is(credentialsOf('http://@host/'), null);
});
