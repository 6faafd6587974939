import { limits, longestTimerMs } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { collectMcpLimit, describeMcpLimits, mcpLimitNames } from '#cli/mcp-limits.js';
import { readText } from '../architecture/sources.js';
import { suite } from '../harness/test.js';

const test = suite('limits of the MCP gateway on the command line');

test('part D: limits are collected by name, the last of one counts', () => {
  const first = collectMcpLimit('sessions=5');
  assert.equal(collectMcpLimit('upstreams=2', first), { mcpSessions: 5, mcpUpstreams: 2 });
  assert.equal(collectMcpLimit('sessions=6', first), { mcpSessions: 6 });
  assert.is(collectMcpLimit('call-ms=99999999999').mcpToolTimeoutMs, longestTimerMs);
});

test('what is no limit is refused', () => {
  for (const text of [
    '',
    'sessions',
    'sessions=',
    'sessions=0',
    'sessions=-1',
    'sessions=1.5',
    'sessions=x',
    'toString=1',
    'mcpSessions=1',
    `sessions=${'9'.repeat(16)}`,
  ])
    assert.throws(
      () => collectMcpLimit(text),
      (error: unknown) => (error as Error).name === 'InvalidArgumentError',
      text,
    );
});

test('part D: every limit is in the help and on the page, with its default', () => {
  const page = readText('docs/mcp-gateway.md');
  for (const [name, limit] of Object.entries(mcpLimitNames)) {
    assert.ok(describeMcpLimits().includes(`${name}=${limits[limit]}`), name);
    assert.ok(page.includes(`| \`${name}\``), `${name} on the page`);
  }
});
