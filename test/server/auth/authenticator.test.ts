import * as assert from 'uvu/assert';
import { readBearerToken } from '#server/auth/authenticator.js';
import { suite } from '../../harness/test.js';

const test = suite('authenticator');

test('no header is a missing token', () => assert.equal(readBearerToken(undefined), { refusal: 'missing websocket bearer token' }));

for (const header of ['Bearer x.y-z_1', 'bearer x.y-z_1', 'BEARER x.y-z_1', 'Bearer    x.y-z_1', '  Bearer x.y-z_1  ', 'Bearer x.y-z_1 ']) {
  test(`${JSON.stringify(header)} carries a token`, () => assert.equal(readBearerToken(header), { token: 'x.y-z_1' }));
}

for (const header of [
  '',
  ' ',
  'Bearer',
  'Bearer ',
  'Bearer    ',
  'Basic eDp5',
  'x.y-z_1',
  'Bearerx',
  'Token Bearer x',
  'Bearer: x',
  'Bearer\tx',
]) {
  test(`${JSON.stringify(header)} carries none`, () => assert.equal(readBearerToken(header), { refusal: 'invalid authorization header' }));
}

test('S4: a hostile header takes no time to speak of', () => {
  for (const header of [`Bearer${' '.repeat(50_000)}`, `${' '.repeat(50_000)}x`, `Bearer ${'x '.repeat(25_000)}`]) readBearerToken(header);
});
