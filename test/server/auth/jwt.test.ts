import { generateKeyPairSync } from 'node:crypto';
import { type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import * as assert from 'uvu/assert';
import { JwtAuthenticator, type JwtOptions } from '#server/auth/jwt.js';
import { suite } from '../../harness/test.js';

const test = suite('jwt');

const secret = Buffer.from('a shared secret of 32 bytes, yes');
const now = (): number => Math.floor(Date.now() / 1_000);
const refused = { refusal: 'invalid websocket jwt' };

function sign(claims: JWTPayload, alg = 'HS256', key: Uint8Array = secret): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg }).sign(key);
}

async function answerTo(token: string, options: Partial<JwtOptions> = {}): Promise<unknown> {
  return new JwtAuthenticator({ secret, ...options }).authenticate(`Bearer ${token}`);
}

const isLetIn = async (claims: JWTPayload, options: Partial<JwtOptions> = {}): Promise<boolean> =>
  'principal' in ((await answerTo(await sign(claims), options)) as object);

test('a token that is signed and not expired lets in, and names its bearer', async () => {
  const token = await sign({ exp: now() + 60, iss: 'issuer', sub: 'subject' });
  assert.equal(await answerTo(token), { principal: 'jwt:issuer:subject' });
});

test('whoever differs in issuer or subject is somebody else', async () => {
  const claims: JWTPayload[] = [
    {},
    { iss: 'a' },
    { sub: 'a' },
    { iss: 'a', sub: 'b' },
    { iss: 'a:b', sub: 'c' },
    { iss: 'a', sub: 'b:c' },
    { iss: 'https://x', sub: 'y' },
  ];
  const principals = await Promise.all(
    claims.map(async (claim) => JSON.stringify(await answerTo(await sign({ exp: now() + 60, ...claim })))),
  );
  assert.equal([...new Set(principals)], principals);
});

test('an issuer is text, a subject text or a number', async () => {
  const exp = now() + 60;
  for (const claims of [
    { iss: null, sub: null },
    { iss: 'a', sub: 5 },
  ]) {
    assert.is(await isLetIn({ exp, ...claims } as unknown as JWTPayload), true, JSON.stringify(claims));
  }
  for (const claims of [{ iss: 5 }, { iss: ['a'] }, { sub: {} }, { sub: ['a'] }, { sub: true }]) {
    assert.is(await isLetIn({ exp, ...claims } as unknown as JWTPayload), false, JSON.stringify(claims));
  }
});

test('HS256 and nothing else is taken', async () => {
  const exp = now() + 60;
  const long = Buffer.alloc(64, 'k');
  for (const alg of ['HS384', 'HS512']) assert.equal(await answerTo(await sign({ exp }, alg, long), { secret: long }), refused, alg);
  assert.equal(await answerTo(new UnsecuredJWT({ exp }).encode()), refused);
  const { privateKey } = generateKeyPairSync('ed25519');
  assert.equal(await answerTo(await new SignJWT({ exp }).setProtectedHeader({ alg: 'EdDSA' }).sign(privateKey)), refused);
});

test('another secret, a changed token and noise are refused', async () => {
  const exp = now() + 60;
  const good = await sign({ exp });
  const [header, , signature] = good.split('.');
  const forged = Buffer.from(JSON.stringify({ exp: exp + 1 })).toString('base64url');
  const tokens = [
    await sign({ exp }, 'HS256', Buffer.alloc(32, 'x')),
    `${header}.${forged}.${signature}`,
    `${good}x`,
    good.slice(0, -2),
    'x',
    '..',
    'a.b.c',
    `${good}.${good}`,
  ];
  for (const token of tokens) assert.equal(await answerTo(token), refused, token);
});

test('`exp` has to be there, as a whole number of seconds', async () => {
  const exp = now() + 60;
  assert.is(await isLetIn({}), false);
  for (const odd of [`${exp}`, exp + 0.5, null, true, [exp]])
    assert.is(await isLetIn({ exp: odd } as unknown as JWTPayload), false, JSON.stringify(odd));
});

test('an expiry of 20 seconds ago passes, one of 45 does not', async () => {
  assert.equal([await isLetIn({ exp: now() - 20 }), await isLetIn({ exp: now() - 45 })], [true, false]);
});

test('`nbf` is honoured with the same tolerance', async () => {
  const exp = now() + 600;
  assert.equal(
    [await isLetIn({ exp, nbf: now() - 5 }), await isLetIn({ exp, nbf: now() + 20 }), await isLetIn({ exp, nbf: now() + 45 })],
    [true, true, false],
  );
});

test('the tolerance can be set', async () => {
  assert.is(await isLetIn({ exp: now() - 20 }, { maxClockSkewSeconds: 0 }), false);
  assert.is(await isLetIn({ exp: now() - 90 }, { maxClockSkewSeconds: 120 }), true);
});

test('`iat` is not looked at', async () => {
  for (const iat of [now() + 86_400, 0]) assert.is(await isLetIn({ exp: now() + 60, iat }), true);
});

test('an issuer is looked at only when one is required', async () => {
  const exp = now() + 60;
  assert.is(await isLetIn({ exp, iss: 'anybody' }), true);
  assert.equal(
    [
      await isLetIn({ exp, iss: 'us' }, { issuer: 'us' }),
      await isLetIn({ exp, iss: 'them' }, { issuer: 'us' }),
      await isLetIn({ exp }, { issuer: 'us' }),
    ],
    [true, false, false],
  );
});

test('an audience is looked at only when one is required, and may be one of several', async () => {
  const exp = now() + 60;
  const audience = 'exec';
  assert.is(await isLetIn({ exp, aud: 'anything' }), true);
  for (const aud of ['exec', ['exec'], ['other', 'exec']]) assert.is(await isLetIn({ exp, aud }, { audience }), true, String(aud));
  for (const aud of ['other', [], ['executor'], 'exec other']) assert.is(await isLetIn({ exp, aud }, { audience }), false, String(aud));
  assert.is(await isLetIn({ exp }, { audience }), false);
});

test('a critical extension nobody knows is refused', async () => {
  const token = await new SignJWT({ exp: now() + 60 }).setProtectedHeader({ alg: 'HS256', b64: true, crit: ['b64'] }).sign(secret);
  const [, payload, signature] = token.split('.');
  const header = Buffer.from(JSON.stringify({ alg: 'HS256', crit: ['x'], x: 1 })).toString('base64url');
  assert.equal(await answerTo(`${header}.${payload}.${signature}`), refused);
});

test('a header without a token is answered like everywhere', async () => {
  const authenticator = new JwtAuthenticator({ secret });
  assert.equal(await authenticator.authenticate(undefined), { refusal: 'missing websocket bearer token' });
  assert.equal(await authenticator.authenticate('Basic eDp5'), { refusal: 'invalid authorization header' });
});

test('S3: a short secret and a negative tolerance are refused when they are set up', () => {
  assert.throws(() => new JwtAuthenticator({ secret: Buffer.alloc(31) }), 'at least 32 bytes');
  for (const maxClockSkewSeconds of [-1, NaN]) assert.throws(() => new JwtAuthenticator({ secret, maxClockSkewSeconds }), 'clock skew');
});
