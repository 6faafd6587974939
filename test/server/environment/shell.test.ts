import { userInfo } from 'node:os';
import { basename } from 'node:path';
import * as assert from 'uvu/assert';
import { findLoginShell } from '#server/environment/shell.js';
import { withVariable } from '../../harness/scratch.js';
import { suite } from '../../harness/test.js';

const test = suite('shell');

test('the login shell is that of the user database, whatever `SHELL` says', () => {
  using _ = withVariable('SHELL', '/no/such/shell');
  const { name, path } = findLoginShell();
  const expected = userInfo().shell ?? '';
  assert.is(path, expected === '' ? '/bin/sh' : expected);
  assert.is(name, basename(path));
});
