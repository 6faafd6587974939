import * as assert from 'uvu/assert';
import { callerRevisions, isModernRevision, newestLegacyRevision, upstreamRevisions } from '#mcp/gateway/revisions.js';
import { suite } from '../../harness/test.js';

const test = suite('mcp revisions');

test('2024-11-05 is spoken towards upstreams only, and the newest with a handshake is offered', () => {
  assert.equal([...callerRevisions], ['2025-11-25', '2025-06-18', '2025-03-26']);
  assert.equal(upstreamRevisions, [...callerRevisions, '2024-11-05']);
  assert.is(newestLegacyRevision, '2025-11-25');
});

test('A9: a revision is modern from 2026-07-28 on, known or not', () => {
  for (const revision of ['2026-07-28', '2027-01-01', '9999-12-31']) assert.ok(isModernRevision(revision), revision);
  for (const revision of ['2025-11-25', '2026-07-27', 'x', '', '2026-07-28-draft', '3'])
    assert.not.ok(isModernRevision(revision), revision);
});
