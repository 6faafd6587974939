import { limits } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { silentLog } from '#mcp/gateway/gateway-log.js';
import { StderrLog } from '#mcp/gateway/upstream/stderr-log.js';
import { GatewayHost } from '../../../harness/mcp-gateway.js';
import { suite } from '../../../harness/test.js';

const test = suite('mcp upstream stderr');

test('A8: lines of stderr go to the log with the name of the upstream, no faster than the log shall grow', async () => {
  await using host = await GatewayHost.start({ limits: { mcpStderrLinesPerSecond: 5 } });
  await host.register('noisy', 'stderr-flood');
  const session = await host.session();
  assert.is(await session.toolText('echo', { text: 'x' }), 'x');
  const lines = host.log.filter(({ message }) => message === 'stderr of an upstream');
  assert.ok(lines.length > 0 && lines.every(({ fields }) => fields['upstream'] === 'noisy'));
  assert.ok(lines.length < 50);
});

test('A8: no more than so many lines of a second are logged, and what was left out is told', () => {
  let now = 0;
  const lines: string[] = [];
  const dropped: unknown[] = [];
  const log = {
    ...silentLog,
    info: (fields: Readonly<Record<string, unknown>>) => lines.push(String(fields['line'])),
    warn: (fields: Readonly<Record<string, unknown>>) => dropped.push(fields['lines']),
  };
  const stderr = new StderrLog('one', { ...limits, mcpStderrLinesPerSecond: 2 }, log, () => now);
  for (const line of ['a', '', 'b', 'c', 'd']) stderr.line(line);
  assert.equal(lines, ['a', 'b']);
  now = 1_000;
  stderr.line('e');
  assert.equal([lines, dropped], [['a', 'b', 'e'], [2]]);
  stderr.end();
  assert.equal(dropped, [2]);
});
