import type { LookupAddress } from 'node:dns';
import * as assert from 'uvu/assert';
import { DestinationRefused, OutboundPolicy, type OutboundRules } from '#server/http/outbound-policy.js';
import { suite } from '../../harness/test.js';

const test = suite('outbound policy');

function allows(rules: OutboundRules, host: string, port = 80, isResolvedHere = true): boolean {
  try {
    new OutboundPolicy(rules).checkUrl({ host, port }, isResolvedHere);
    return true;
  } catch (error) {
    if (error instanceof DestinationRefused) return false;
    throw error;
  }
}

/** Addresses of `localhost` that are left, or the message of the refusal. */
function resolve(rules: OutboundRules, host = 'localhost', port = 80): Promise<readonly string[] | string> {
  return new Promise((settle) => {
    new OutboundPolicy(rules).lookup(port)(host, { all: true }, (error, found) => {
      settle(error ? error.message : (found as LookupAddress[]).map(({ address }) => address));
    });
  });
}

test('without rules everything is allowed but link-local addresses, in every form', () => {
  for (const host of ['example.com', '10.0.0.1', '127.0.0.1', '::1', 'fd00::1', '169.253.0.1']) assert.is(allows({}, host), true, host);
  for (const host of [
    '169.254.169.254',
    '169.254.0.1',
    'fe80::1',
    'febf::1',
    'fd00:ec2::254',
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    '64:ff9b::a9fe:a9fe',
  ]) {
    assert.is(allows({}, host), false, host);
  }
});

test('a link-local address is allowed by a rule about addresses, not by one about names', () => {
  assert.is(allows({ allow: ['*', '169.254.169.254'] }, '169.254.169.254'), true);
  assert.is(allows({ allow: ['*', '169.254.169.254'] }, 'example.com'), true);
  assert.is(allows({ allow: ['*'] }, '169.254.169.254'), false);
  assert.is(allows({ allow: ['169.254.0.0/16:80'] }, '169.254.169.254', 81), false);
});

test('with allowed destinations there are no others, and denied ones are denied all the same', () => {
  const rules = { allow: ['10.0.0.0/8', '*.example.com:443'], deny: ['10.6.6.6', 'bad.example.com'] };
  assert.equal(
    ['10.1.1.1', '11.1.1.1', '10.6.6.6', '::ffff:10.6.6.6'].map((host) => allows(rules, host)),
    [true, false, false, false],
  );
  assert.is(allows(rules, 'bad.example.com', 443), false);
  assert.is(allows(rules, 'a.example.com', 443), true);
});

test('a name that a proxy looks up has to be allowed as a name', () => {
  assert.equal([allows({ allow: ['10.0.0.0/8'] }, 'x', 80, true), allows({ allow: ['10.0.0.0/8'] }, 'x', 80, false)], [true, false]);
  assert.equal(
    [allows({ allow: ['x'] }, 'x', 80, false), allows({}, 'x', 80, false), allows({ deny: ['x'] }, 'x', 80, false)],
    [true, true, false],
  );
});

test('of the addresses of a name only those that are allowed are left', async () => {
  assert.ok((await resolve({})).includes('127.0.0.1'));
  assert.equal(await resolve({ allow: ['127.0.0.0/8'] }), ['127.0.0.1']);
  assert.is(
    await resolve({ deny: ['127.0.0.0/8', '::1'] }),
    `this server makes no requests to localhost port 80 at ${String((await resolve({}))[0])}`,
  );
  assert.is((await resolve({ deny: ['localhost:81'] }, 'localhost', 81)).includes('no requests to localhost'), true);
  assert.ok((await resolve({ allow: ['localhost'] })).includes('127.0.0.1'));
});

test('whoever asks for one address gets one', async () => {
  const found = await new Promise((settle) => {
    new OutboundPolicy({ allow: ['127.0.0.0/8'] }).lookup(80)('localhost', {}, (error, address, family) =>
      settle([error, address, family]),
    );
  });
  assert.equal(found, [null, '127.0.0.1', 4]);
});

test('a name nobody knows is the error of the system', async () => {
  assert.match(String(await resolve({}, 'no-such-host.invalid')), /ENOTFOUND|EAI_AGAIN/);
});
