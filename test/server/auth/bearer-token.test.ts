import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import * as assert from 'uvu/assert';
import { BearerTokenAuthenticator } from '#server/auth/bearer-token.js';
import { suite } from '../../harness/test.js';

const test = suite('bearer-token');

const digest = (text: string): Uint8Array => createHash('sha256').update(text).digest();

test('whoever has the token is let in, by its text or by its digest', () => {
  for (const authenticator of [BearerTokenAuthenticator.forToken('tökén'), new BearerTokenAuthenticator(digest('tökén'))]) {
    assert.equal(authenticator.authenticate('Bearer tökén'), { principal: 'token' });
    assert.equal(authenticator.authenticate('bearer   tökén  '), { principal: 'token' });
  }
});

test('anything else is refused, and told no more than that', () => {
  const authenticator = BearerTokenAuthenticator.forToken('token');
  for (const wrong of ['toke', 'tokenn', 'TOKEN', 'x'.repeat(100_000), Buffer.from(digest('token')).toString('hex')]) {
    assert.equal(authenticator.authenticate(`Bearer ${wrong}`), { refusal: 'invalid websocket bearer token' });
  }
  assert.equal(authenticator.authenticate(undefined), { refusal: 'missing websocket bearer token' });
  assert.equal(authenticator.authenticate('Basic token'), { refusal: 'invalid authorization header' });
  assert.equal(authenticator.authenticate('Bearer '), { refusal: 'invalid authorization header' });
});

test('S3: an empty token is refused when it is set up', () => {
  for (const token of ['', ' ', '\n\t']) assert.throws(() => BearerTokenAuthenticator.forToken(token), 'a token must not be empty');
});

test('a token with white space around it, as files have, is the token without', () => {
  assert.equal(BearerTokenAuthenticator.forToken(' token\n').authenticate('Bearer token'), { principal: 'token' });
});

test('a digest of another length is refused when it is set up', () => {
  for (const length of [0, 20, 31, 33, 64]) assert.throws(() => new BearerTokenAuthenticator(new Uint8Array(length)), /has 32 bytes/);
});

test('S3: the token does not show in the authenticator', () => {
  const authenticator = BearerTokenAuthenticator.forToken('hunter2');
  assert.not.match(inspect(authenticator, { showHidden: true, depth: 9 }), 'hunter2');
});

test('the digest handed in may be overwritten afterwards', () => {
  const bytes = digest('token');
  const authenticator = new BearerTokenAuthenticator(bytes);
  bytes.fill(0);
  assert.equal(authenticator.authenticate('Bearer token'), { principal: 'token' });
});
