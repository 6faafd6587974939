import * as assert from 'uvu/assert';
import { addressForms, DestinationRules } from '#server/http/destination-rules.js';
import { suite } from '../../harness/test.js';

const test = suite('destination rules');

const name = (rule: string, host: string, port = 80): boolean => new DestinationRules([rule]).matchesName({ host, port });
const address = (rule: string, at: string, port = 80): boolean => new DestinationRules([rule]).matchesAddress(at, port);

test('a host is itself, a domain is what is below it, a star is everything', () => {
  const cases: readonly (readonly [rule: string, host: string, matches: boolean])[] = [
    ['example.com', 'example.com', true],
    ['Example.COM', 'example.com.', true],
    ['example.com', 'sub.example.com', false],
    ['example.com', 'badexample.com', false],
    ['*.example.com', 'a.b.example.com', true],
    ['*.example.com', 'example.com', false],
    ['*', 'anything', true],
    ['localhost', 'localhost', true],
    ['10.0.0.1', '10.0.0.1', false],
  ];
  for (const [rule, host, matches] of cases) assert.is(name(rule, host), matches, `${rule} ${host}`);
});

test('addresses and networks hold the addresses in them, in every form', () => {
  const cases: readonly (readonly [rule: string, at: string, matches: boolean])[] = [
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['10.0.0.1', '10.0.0.1', true],
    ['10.0.0.1', '::ffff:10.0.0.1', true],
    ['10.0.0.1', '::ffff:a00:1', true],
    ['10.0.0.1', '64:ff9b::a00:1', true],
    ['fd00::/8', 'fd12::1', true],
    ['[fd00::]/8', 'fd12:0:0::1', true],
    ['fd00::/8', 'fe80::1%eth0', false],
    ['fe80::/10', 'fe80::1%eth0', true],
    ['127.0.0.0/8', '0.0.0.0', true],
    ['127.0.0.0/8', '::', true],
    ['::1', '::', true],
    ['*', '10.0.0.1', false],
  ];
  for (const [rule, at, matches] of cases) assert.is(address(rule, at), matches, `${rule} ${at}`);
});

test('a rule with ports holds for these only', () => {
  assert.equal([name('example.com:443', 'example.com', 443), name('example.com:443', 'example.com', 80)], [true, false]);
  assert.equal([name('*:1024-65535', 'x', 8_080), name('*:1024-65535', 'x', 80)], [true, false]);
  assert.equal([address('10.0.0.0/8:22', '10.1.1.1', 22), address('10.0.0.0/8:22', '10.1.1.1', 23)], [true, false]);
  assert.equal([address('[::1]:8080', '::1', 8_080), address('[::1]:8080', '::1', 80)], [true, false]);
});

test('what is no rule is refused with its text', () => {
  const faults = [
    '',
    ' ',
    'a b',
    'http://x',
    'x:y',
    'x:70000',
    'x:9-3',
    '10.0.0.0/33',
    'fd00::/129',
    'example.com/8',
    '[example.com]',
    '*.',
    'a..b',
    '*.*',
    '-:-',
    '1.2.3.4/',
  ];
  for (const fault of faults) {
    assert.throws(
      () => new DestinationRules([fault]),
      (error: unknown) => error instanceof RangeError && error.message.includes(`\`${fault}\``),
      fault,
    );
  }
});

test('an address is told with the forms it stands for', () => {
  assert.equal(addressForms('1.2.3.4'), ['1.2.3.4']);
  assert.equal(addressForms('::ffff:169.254.169.254'), ['::ffff:a9fe:a9fe', '169.254.169.254']);
  assert.equal(addressForms('64:ff9b::169.254.169.254').at(-1), '169.254.169.254');
  assert.equal(addressForms('0:0:0:0:0:0:0:0'), ['::', '::1', '127.0.0.1']);
  assert.equal(addressForms('FE80::1'), ['fe80::1']);
});
