import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { composeEnvironment, type EnvironmentPolicy } from '#server/process/child-environment.js';
import { holds } from '../../harness/property.js';
import { suite } from '../../harness/test.js';

const test = suite('child-environment');

const everything: EnvironmentPolicy = { inherit: 'all', ignoreDefaultExcludes: true, exclude: [], set: new Map(), includeOnly: [] };
const none = new Map<string, string>();

/** Variables whose values do not matter. */
const named = (...names: string[]): Map<string, string> => new Map(names.map((name) => [name, `value of ${name}`]));

function namesFor(policy: Partial<EnvironmentPolicy>, own: ReadonlyMap<string, string>, requested = none): string[] {
  return [...composeEnvironment({ ...everything, ...policy }, own, requested).keys()];
}

test('without a policy a child gets the variables of the request and nothing else', () => {
  assert.equal([...composeEnvironment(null, named('HOME', 'PATH'), new Map([['A', '1']]))], [['A', '1']]);
  assert.is(composeEnvironment(null, named('HOME'), none).size, 0);
});

test('`all` inherits everything with its values, `none` nothing', () => {
  const own = named('HOME', 'X', '', 'a=b', '__proto__');
  assert.equal([...composeEnvironment(everything, own, none)], [...own]);
  assert.equal(namesFor({ inherit: 'none' }, own), []);
});

test('`core` inherits eleven names, compared letter for letter', () => {
  const core = ['HOME', 'LANG', 'LC_ALL', 'LC_CTYPE', 'LOGNAME', 'PATH', 'SHELL', 'TEMP', 'TMP', 'TMPDIR', 'USER'];
  assert.equal(namesFor({ inherit: 'core' }, named(...core, 'TERM', 'PWD', 'LC_TIME', 'home', 'XPATH', 'EDITOR')), core);
});

test('names that look like secrets are dropped unless the policy says otherwise', () => {
  const own = named('API_KEY', 'KEYBOARD', 'monkey', 'MY_SECRET_X', 'token', 'GH_TOKENS', 'KE_Y', 'PLAIN');
  assert.equal(namesFor({ ignoreDefaultExcludes: false }, own), ['KE_Y', 'PLAIN']);
  assert.equal(namesFor({ ignoreDefaultExcludes: true }, own), [...own.keys()]);
});

test('the default patterns filter what is inherited, not what is set or requested', () => {
  const policy = { ignoreDefaultExcludes: false, exclude: ['B*'], set: named('SET_TOKEN', 'B1') };
  assert.equal(namesFor(policy, named('OLD_TOKEN', 'B0'), named('MY_KEY', 'B2')), ['SET_TOKEN', 'B1', 'MY_KEY', 'B2']);
});

test('`set` overrides what is inherited, the request overrides both', () => {
  const env = composeEnvironment(
    {
      ...everything,
      set: new Map([
        ['B', 'set'],
        ['C', 'set'],
      ]),
    },
    new Map([
      ['A', 'own'],
      ['B', 'own'],
      ['C', 'own'],
    ]),
    new Map([['C', 'requested']]),
  );
  assert.equal(Object.fromEntries(env), { A: 'own', B: 'set', C: 'requested' });
});

test('`includeOnly` filters what is inherited and set, but never the request', () => {
  const policy = { set: named('SET_A', 'SET_B'), includeOnly: ['*_A'] };
  assert.equal(namesFor(policy, named('OWN_A', 'OWN_B'), named('ASKED_B')), ['OWN_A', 'SET_A', 'ASKED_B']);
  assert.equal(namesFor({ inherit: 'none', includeOnly: ['nothing'] }, none, named('X')), ['X']);
});

test('`exclude` comes before `includeOnly`', () => {
  assert.equal(namesFor({ exclude: ['A1'], includeOnly: ['A*'] }, named('A1', 'A2', 'B1')), ['A2']);
});

const patterns: readonly (readonly [pattern: string, taken: readonly string[], left: readonly string[]])[] = [
  ['*', ['', 'A', 'anything'], []],
  ['a*', ['A', 'ab', 'A*'], ['BA', '']],
  ['*Z', ['z', 'ZZ', 'fizz'], ['ZA']],
  ['A?C', ['abc', 'A?C', 'a😀c', 'A*C'], ['AC', 'ABBC']],
  ['A[BC]', ['a[bc]'], ['AB', 'AC']],
  ['A.B', ['a.b'], ['AXB']],
  ['**A**', ['a', 'xAx'], ['x']],
  ['?*', ['x', 'xy'], ['']],
  ['a*b*c', ['abc', 'axxbxxc', 'abcbc'], ['acb', 'ab']],
  ['\\*', ['\\', '\\x'], ['*']],
  ['(a|b)+', ['(A|B)+'], ['a', 'b']],
  ['', [''], ['A']],
  ['É', ['é'], ['E']],
];

for (const [pattern, taken, left] of patterns) {
  test(`the pattern ${JSON.stringify(pattern)} is for whole names in any case, and only \`*\` and \`?\` are special`, () => {
    assert.equal(namesFor({ exclude: [pattern] }, named(...taken, ...left)), [...left]);
    assert.equal(namesFor({ includeOnly: [pattern] }, named(...taken, ...left)), [...taken]);
  });
}

test('patterns mean the same as the regular expression they stand for', () => {
  const letters = fc.array(fc.constantFrom('a', 'B', '_'), { maxLength: 8 }).map((parts) => parts.join(''));
  const pattern = fc.array(fc.constantFrom('a', 'B', '_', '*', '?'), { maxLength: 6 }).map((parts) => parts.join(''));
  holds(
    fc.tuple(pattern, letters),
    ([text, name]) => {
      const expression = new RegExp(`^${text.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'i');
      assert.is(namesFor({ exclude: [text] }, named(name)).length === 0, expression.test(name), `${text} on ${name}`);
    },
    3000,
  );
});

test('S4: no pattern takes exponential time', () => {
  const own = named('a'.repeat(2_000));
  for (const pattern of ['*a'.repeat(500), `${'a*'.repeat(500)}b`, `${'*?'.repeat(500)}b`, `${'*'.repeat(5_000)}b`]) {
    namesFor({ exclude: [pattern, `${pattern}c`] }, own);
  }
});

const forbidden = [
  'CODEX_EXEC_SERVER_EXIT_ON_STDIN_CLOSE',
  'CODEX_EXEC_SERVER_NOISE_AUTH_TOKEN',
  'OPENAI_IDENTITY_TOKEN_FILE',
  'OPENAI_FEDERATION_RULE_ID',
  'OPENAI_WORKLOAD_IDENTITY_CONTEXT',
];

test('five names never reach a child, wherever they come from', () => {
  const all = named(...forbidden);
  assert.equal(namesFor({ set: all, includeOnly: ['*'] }, all, all), []);
  assert.is(composeEnvironment(null, all, all).size, 0);
});

test('S3: the token of the server is not inherited; a request may still set the variable', () => {
  const own = named('EXEC_SERVER_TOKEN', 'EXEC_SERVER_TOKEN_FILE');
  assert.equal(namesFor({}, own), []);
  assert.equal(namesFor({}, own, new Map([['EXEC_SERVER_TOKEN', 'mine']])), ['EXEC_SERVER_TOKEN']);
});

test('names of any kind are kept as they are', () => {
  const requested = new Map([
    ['__proto__', 'a'],
    ['constructor', 'b'],
    ['', 'c'],
    ['x=y', 'd'],
    ['ключ', 'e'],
  ]);
  assert.equal([...composeEnvironment(null, none, requested)], [...requested]);
});

test('the maps handed in are left alone', () => {
  const own = named('A_KEY', 'B');
  const requested = named('OPENAI_IDENTITY_TOKEN_FILE');
  composeEnvironment({ ...everything, ignoreDefaultExcludes: false }, own, requested);
  assert.equal([own.size, requested.size], [2, 1]);
});
