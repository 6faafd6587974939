import { tmpdir } from 'node:os';
import * as assert from 'uvu/assert';
import { methods } from '#protocol/methods/index.js';
import { fromNativePath } from '#protocol/path-uri.js';
import { describeEnvironment } from '#server/environment/environment-info.js';
import { suite } from '../../harness/test.js';

const test = suite('environment-info');

const shell = { name: 'bash', path: '/bin/bash' };
const describe = (variables: Readonly<Record<string, string>> = {}) =>
  describeEnvironment('1.2.3', shell, new Map(Object.entries(variables)));

test('it has the shape of the protocol', () => {
  const info = describe({ HOME: '/root', TMPDIR: '/var/tmp' });
  assert.equal(methods['environment/info'].result.parse(info), info);
  assert.equal([info.shell, info.executorVersion], [shell, '1.2.3']);
  assert.is(info.cwd, fromNativePath(process.cwd(), 'posix'));
  assert.is(info.platformOs, process.platform === 'darwin' ? 'macos' : process.platform);
});

test('the home directory is that of the variables, as URI, or unknown', () => {
  assert.is(describe({ HOME: '/home/a b' }).userHomeDir, 'file:///home/a%20b');
  assert.is(describe().userHomeDir, null);
  assert.is(describe({ HOME: '' }).userHomeDir, null);
});

test('the directory for temporary files is `TMPDIR`, or else that of the system', () => {
  const set = describe({ TMPDIR: '/var/tmp' });
  assert.equal([set.tempDir, set.temporaryDirectories], ['file:///var/tmp', ['file:///var/tmp']]);
  for (const variables of [{}, { TMPDIR: '' }] as Record<string, string>[]) {
    const { tempDir, temporaryDirectories } = describe(variables);
    assert.equal([tempDir, temporaryDirectories], [fromNativePath(tmpdir(), 'posix'), []]);
  }
});

test('every capability that is announced is true, and belongs to a method or to members', () => {
  const { capabilities = {} } = describe();
  const named = Object.values(methods).flatMap(({ capability }) => (capability === null ? [] : [capability]));
  const ofMembers = [
    'processExitDetail',
    'processSignals',
    'processTerminateGrace',
    'processTimeout',
    'outputSpill',
    'outputGap',
    'fsOpenUpdate',
  ];
  const ofTheBase = ['fileWriteStreaming', 'sandboxedFileStreaming'];
  assert.equal(Object.keys(capabilities).toSorted(), [...new Set([...named, ...ofMembers, ...ofTheBase])].toSorted());
  assert.ok(Object.values(capabilities).every(Boolean));
});

test('S5: no capability of the base that is missing here is announced', () => {
  const { capabilities = {} } = describe();
  for (const name of [
    'networkProxyLaunch',
    'credentialMasking',
    'capabilityDiscoveryV2',
    'capabilityDiscoverySandbox',
    'shellSnapshotV2',
    'linuxRootWritePreservesDevices',
    'linuxApprovedRootWritePreservesRestrictions',
    'windowsMxc',
  ]) {
    assert.is(capabilities[name] ?? false, false, name);
  }
});
