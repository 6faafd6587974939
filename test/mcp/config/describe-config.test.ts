import { describeMcpConfig, parseMcpConfig } from '@exec-server/mcp';
import * as assert from 'uvu/assert';
import { suite } from '../../harness/test.js';

const test = suite('describe-config');

test('what may be a secret is not in it, names are', () => {
  const set = parseMcpConfig({
    environments: { build: { url: 'wss://me:hidden@host/?key=hidden', token_env_var: 'BUILD_TOKEN' } },
    mcpServers: {
      program: { command: 'x', args: ['--verbose'], env: { API_KEY: 'hidden' }, cwd: '/srv', environment: 'build' },
      web: { url: 'https://host/mcp?token=hidden', headers: { 'X-Key': 'hidden' }, bearer_token_env_var: 'WEB_TOKEN' },
    },
  });
  const text = JSON.stringify(describeMcpConfig(set));
  assert.not.match(text, /hidden/);
  for (const shown of ['API_KEY', 'X-Key', 'BUILD_TOKEN', 'WEB_TOKEN', '--verbose', 'host', '/srv']) assert.ok(text.includes(shown), shown);
});
