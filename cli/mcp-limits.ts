import { type Limits, limits, longestTimerMs } from '@exec-server/protocol';
import { InvalidArgumentError } from 'commander';

/** The limits of the MCP gateway that the command line can set, by the names it knows them by. Times are milliseconds. */
export const mcpLimitNames = {
  'body-bytes': 'mcpBodyBytes',
  'message-bytes': 'mcpMessageBytes',
  sessions: 'mcpSessions',
  'session-idle-ms': 'mcpSessionIdleMs',
  'calls-per-session': 'mcpCallsPerSession',
  'calls-per-upstream': 'mcpCallsPerUpstream',
  upstreams: 'mcpUpstreams',
  'startup-ms': 'mcpStartupTimeoutMs',
  'call-ms': 'mcpToolTimeoutMs',
  'question-ms': 'mcpCallerRequestMs',
  'close-ms': 'mcpCloseTimeoutMs',
  'stored-events': 'mcpStoredEvents',
  'stored-bytes': 'mcpStoredBytes',
  'stored-ms': 'mcpStoredMs',
  'queued-messages': 'mcpQueuedMessages',
  'backlog-bytes': 'mcpStreamBacklogBytes',
  'keep-alive-ms': 'mcpKeepAliveMs',
  'list-entries': 'mcpListEntries',
  'list-pages': 'mcpUpstreamListPages',
} as const satisfies Readonly<Record<string, keyof Limits>>;
type McpLimitName = keyof typeof mcpLimitNames;

/** Collects `NAME=VALUE`, a whole number above 0; times are no longer than a timer can hold. */
export function collectMcpLimit(text: string, earlier: Partial<Limits> = {}): Partial<Limits> {
  const [name = '', value = ''] = text.split('=', 2);
  if (!isLimitName(name) || !/^\d{1,15}$/.test(value) || Number(value) < 1)
    throw new InvalidArgumentError(`It must be NAME=VALUE, a whole number above 0; names are ${Object.keys(mcpLimitNames).join(', ')}.`);
  const number = name.endsWith('-ms') ? Math.min(Number(value), longestTimerMs) : Number(value);
  return { ...earlier, [mcpLimitNames[name]]: number };
}

/** Names and defaults, for a page of help. */
export function describeMcpLimits(): string {
  return Object.entries(mcpLimitNames)
    .map(([name, limit]) => `${name}=${limits[limit]}`)
    .join(' ');
}

function isLimitName(name: string): name is McpLimitName {
  return Object.hasOwn(mcpLimitNames, name);
}
