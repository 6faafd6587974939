import { createHash } from 'node:crypto';
import { SignJWT } from 'jose';
import * as assert from 'uvu/assert';
import { exitCodes, ExitError } from '#cli/exit-codes.js';
import { createAuthenticator, type WsAuthFlags } from '#cli/ws-auth.js';
import { failure } from '../harness/failure.js';
import { Scratch } from '../harness/scratch.js';
import { suite } from '../harness/test.js';

const test = suite('ws-auth');

const digest = createHash('sha256').update('the token').digest('hex');
const missing = '/no/such/file';

/** The text a combination of flags is refused with. */
async function refusal(flags: WsAuthFlags, isStdio = false): Promise<string> {
  const error = await failure(createAuthenticator(flags, isStdio), ExitError);
  assert.is(error.exitCode, exitCodes.failure);
  return error.message;
}

test('without flags everybody may come in', async () => {
  assert.is(await createAuthenticator({}, false), null);
  assert.is(await createAuthenticator({}, true), null);
});

const needsMode = 'websocket auth flags require `--ws-auth capability-token` or `--ws-auth signed-bearer-token`';
const needsJwtMode =
  '`--ws-shared-secret-file`, `--ws-issuer`, `--ws-audience`, and `--ws-max-clock-skew-seconds` require `--ws-auth signed-bearer-token`';
const needsTokenMode = '`--ws-token-file` and `--ws-token-sha256` require `--ws-auth capability-token`, not `signed-bearer-token`';

for (const [what, flags, text] of [
  ['a token file without a mode', { wsTokenFile: missing }, needsMode],
  ['a digest without a mode', { wsTokenSha256: digest }, needsMode],
  ['a secret without a mode', { wsSharedSecretFile: missing }, needsMode],
  ['an issuer without a mode', { wsIssuer: 'i' }, needsMode],
  ['an audience without a mode', { wsAudience: 'a' }, needsMode],
  ['a clock skew of 0 without a mode', { wsMaxClockSkewSeconds: 0 }, needsMode],
  [
    'a token mode without a token',
    { wsAuth: 'capability-token' },
    '`--ws-token-file` or `--ws-token-sha256` is required when `--ws-auth capability-token` is set',
  ],
  [
    'a token in two ways',
    { wsAuth: 'capability-token', wsTokenFile: missing, wsTokenSha256: digest },
    '`--ws-token-file` and `--ws-token-sha256` are mutually exclusive',
  ],
  ...['g'.repeat(64), digest.slice(1), `${digest}0`, ''].map(
    (wsTokenSha256) =>
      [
        `the digest ${JSON.stringify(wsTokenSha256)}`,
        { wsAuth: 'capability-token', wsTokenSha256 },
        '--ws-token-sha256 must be a 64-character hex SHA-256 digest',
      ] as const,
  ),
  ...[{ wsSharedSecretFile: missing }, { wsIssuer: 'i' }, { wsAudience: 'a' }, { wsMaxClockSkewSeconds: 0 }].map(
    (flag) =>
      [`${Object.keys(flag)[0]} in token mode`, { wsAuth: 'capability-token', wsTokenSha256: digest, ...flag }, needsJwtMode] as const,
  ),
  [
    'a JWT mode without a secret',
    { wsAuth: 'signed-bearer-token' },
    '`--ws-shared-secret-file` is required when `--ws-auth signed-bearer-token` is set',
  ],
  ['a token file in JWT mode', { wsAuth: 'signed-bearer-token', wsSharedSecretFile: missing, wsTokenFile: missing }, needsTokenMode],
  ['a digest in JWT mode', { wsAuth: 'signed-bearer-token', wsSharedSecretFile: missing, wsTokenSha256: digest }, needsTokenMode],
] as readonly (readonly [string, WsAuthFlags, string])[]) {
  test(`${what} is refused in the words of the base`, async () => {
    assert.is(await refusal(flags), text);
  });
}

test('files that cannot be used are refused by name', async () => {
  using scratch = new Scratch();
  const empty = scratch.file('empty', ' \n');
  const short = scratch.file('short', `${'x'.repeat(31)}\n`);
  for (const flags of [
    { wsAuth: 'capability-token', wsTokenFile: missing },
    { wsAuth: 'signed-bearer-token', wsSharedSecretFile: missing },
  ] as const) {
    assert.match(await refusal(flags), /^failed to read websocket auth secret \/no\/such\/file: .*no such file or directory/i);
  }
  assert.is(await refusal({ wsAuth: 'capability-token', wsTokenFile: empty }), `websocket auth secret ${empty} must not be empty`);
  assert.is(
    await refusal({ wsAuth: 'signed-bearer-token', wsSharedSecretFile: short }),
    `signed websocket bearer secret ${short} must be at least 32 bytes`,
  );
});

test('stdio has nobody to ask', async () => {
  assert.is(
    await refusal({ wsAuth: 'capability-token', wsTokenSha256: digest }, true),
    'WebSocket auth requires a WebSocket listener, not stdio',
  );
});

test('a token is taken from its file, trimmed, or by its digest in either case', async () => {
  using scratch = new Scratch();
  const ways: WsAuthFlags[] = [
    { wsTokenFile: scratch.file('token', '\n the token \n') },
    { wsTokenSha256: digest },
    { wsTokenSha256: digest.toUpperCase() },
  ];
  for (const way of ways) {
    const authenticator = await createAuthenticator({ wsAuth: 'capability-token', ...way }, false);
    assert.equal(await authenticator?.authenticate('Bearer the token'), { principal: 'token' });
    assert.equal(await authenticator?.authenticate('Bearer another'), { refusal: 'invalid websocket bearer token' });
    assert.equal(await authenticator?.authenticate(undefined), { refusal: 'missing websocket bearer token' });
    assert.equal(await authenticator?.authenticate('Basic x'), { refusal: 'invalid authorization header' });
  }
});

test('JWT flags reach the check: secret, issuer, audience and clock skew', async () => {
  using scratch = new Scratch();
  const secret = 's'.repeat(32);
  const flags = {
    wsAuth: 'signed-bearer-token',
    wsSharedSecretFile: scratch.file('secret', `${secret}\n`),
    wsIssuer: 'issuer',
    wsAudience: 'audience',
    wsMaxClockSkewSeconds: 300,
  } as const;
  const authenticator = await createAuthenticator(flags, false);
  const sign = (issuer: string, audience: string, ageSeconds: number, key = secret): Promise<string> =>
    new SignJWT()
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer(issuer)
      .setAudience(audience)
      .setExpirationTime(Math.floor(Date.now() / 1000) - ageSeconds)
      .sign(Buffer.from(key));
  const refusalOf = async (token: Promise<string>): Promise<unknown> => {
    const answer = await authenticator?.authenticate(`Bearer ${await token}`);
    return answer && 'refusal' in answer ? answer.refusal : null;
  };
  assert.is(await refusalOf(sign('issuer', 'audience', 200)), null);
  for (const token of [
    sign('issuer', 'audience', 400),
    sign('another', 'audience', 0),
    sign('issuer', 'another', 0),
    sign('issuer', 'audience', 0, 't'.repeat(32)),
  ]) {
    assert.is(await refusalOf(token), 'invalid websocket jwt');
  }
});
