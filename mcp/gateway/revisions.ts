/** Revisions with a handshake and sessions that callers may use, the newest first. */
export const callerRevisions = ['2025-11-25', '2025-06-18', '2025-03-26'] as const;

/** Revisions with a handshake that upstreams may answer with. */
export const upstreamRevisions: readonly string[] = [...callerRevisions, '2024-11-05'];

export const newestLegacyRevision = callerRevisions[0];

/** The revision without handshake and session, where every request tells all about itself. */
export const modernRevision = '2026-07-28';

/** Whether a revision is of the modern kind, known or not: revisions are dates. */
export function isModernRevision(revision: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(revision) && revision >= modernRevision;
}

/** Members of `_meta` that carry what the handshake carried before. */
export const metaKeys = {
  prefix: 'io.modelcontextprotocol/',
  protocolVersion: 'io.modelcontextprotocol/protocolVersion',
  clientCapabilities: 'io.modelcontextprotocol/clientCapabilities',
  clientInfo: 'io.modelcontextprotocol/clientInfo',
  serverInfo: 'io.modelcontextprotocol/serverInfo',
  logLevel: 'io.modelcontextprotocol/logLevel',
  subscriptionId: 'io.modelcontextprotocol/subscriptionId',
} as const;

/** The extension of capabilities that long calls need which are asked for again and again. It is not offered. */
export const tasksExtension = 'io.modelcontextprotocol/tasks';
