import * as assert from 'uvu/assert';
import { formatServers } from '#cli/mcp-table.js';
import { suite } from '../harness/test.js';

const test = suite('mcp-table');

test('servers, their tools and what is wrong with them are told one below the other', () => {
  const text = formatServers([
    { name: 'files', environment: 'build', state: 'ready', error: null, tools: ['read', 'write'] },
    { name: 'broken-one', environment: 'local', state: 'failed', error: new Error('it is broken'), tools: [] },
    { name: 'off', environment: 'local', state: 'disabled', error: null, tools: [] },
  ]);
  assert.is(
    text,
    [
      'SERVER      ENVIRONMENT  STATE     TOOLS',
      'files       build        ready     2',
      'broken-one  local        failed    -',
      'off         local        disabled  -',
      '',
      'files: read, write',
      '',
      'it is broken',
    ].join('\n'),
  );
});

test('a configuration without servers says so', () => {
  assert.is(formatServers([]), 'there are no servers in this configuration');
});
