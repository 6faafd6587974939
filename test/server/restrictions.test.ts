import { methods } from '#protocol/methods/index.js';
import { checkParams } from '#protocol/params-check.js';
import { refuseRestrictions } from '#server/restrictions.js';
import * as assert from 'uvu/assert';
import { suite } from '../harness/test.js';

const test = suite('restrictions');

const start = { processId: 'p', argv: ['ls'], cwd: 'file:///tmp', env: {}, tty: false };

/** The answer to a start with these members; null when it may go ahead. */
function refusalOf(members: object): { code: number; message: string } | null {
  try {
    refuseRestrictions(checkParams(methods['process/start'], { ...start, ...members }));
    return null;
  } catch (error) {
    const { code, message } = error as Error & { code: number };
    return { code, message };
  }
}

const sandbox = (permissions: object): object => ({ sandbox: { permissions, windowsSandboxLevel: 'disabled' } });
const managed = (more: object): object => sandbox({ type: 'managed', ...more });
const unrestricted = { type: 'unrestricted' };

const harmless: Readonly<Record<string, object>> = {
  'no restriction': {},
  'null everywhere': { sandbox: null, networkProxy: null },
  'a disabled sandbox': sandbox({ type: 'disabled' }),
  'a managed sandbox that allows all': managed({ file_system: unrestricted, network: 'enabled' }),
  'enforcement that is off': { enforceManagedNetwork: false },
  'a managed network nobody enforces': { managedNetwork: { loopbackPorts: [], allowLocalBinding: true } },
};

for (const [what, members] of Object.entries(harmless)) test(`${what} is no reason to refuse`, () => assert.is(refusalOf(members), null));

const sandboxes: Readonly<Record<string, object>> = {
  'a restricted file system': managed({ file_system: { type: 'restricted', entries: [] }, network: 'enabled' }),
  'a restricted network': managed({ file_system: unrestricted, network: 'restricted' }),
  'an unknown kind of file system': managed({ file_system: { type: 'new' }, network: 'enabled' }),
  'a managed sandbox that says nothing': managed({}),
  'a managed sandbox without network': managed({ file_system: unrestricted }),
  'a managed sandbox without file system': managed({ network: 'enabled' }),
  'an external sandbox': sandbox({ type: 'external', network: 'enabled' }),
};

for (const [what, members] of Object.entries(sandboxes)) {
  test(`S5: ${what} is refused, not ignored`, () => {
    assert.equal(refusalOf(members), { code: -32603, message: 'filesystem sandbox cannot be enforced on this executor' });
  });
}

test('S5: network restrictions are refused and named', () => {
  for (const networkProxy of [{}, { proxy: { enabled: false } }, false, 0, '']) {
    assert.match(refusalOf({ networkProxy })?.message ?? '', '`networkProxy` cannot be enforced');
  }
  assert.match(refusalOf({ enforceManagedNetwork: true })?.message ?? '', '`enforceManagedNetwork` cannot be enforced');
});

test('S5: a sandbox that cannot be understood is a fault of the params', () => {
  for (const broken of [{}, { permissions: {} }, { permissions: { type: 'new' } }, 'strict', [], true]) {
    assert.is(refusalOf({ sandbox: broken })?.code, -32602, JSON.stringify(broken));
  }
});
