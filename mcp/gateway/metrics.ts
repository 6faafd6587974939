/** How calls of one upstream ended. */
interface CallCounts {
  count: number;
  seconds: number;
}

/** One measured thing, as a page for Prometheus wants it. */
export interface MetricSample {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly values: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

export type CallEnd = 'result' | 'error' | 'timeout' | 'cancelled' | 'busy';

/** What is counted while the gateway runs. Labels are names of upstreams, which are few, and outcomes. */
export class GatewayMetrics {
  readonly #calls = new Map<string, Map<CallEnd, CallCounts>>();
  stateChanges = 0;

  callEnded(upstream: string, end: CallEnd, seconds: number): void {
    const ends = this.#calls.get(upstream) ?? new Map<CallEnd, CallCounts>();
    this.#calls.set(upstream, ends);
    const counts = ends.get(end) ?? { count: 0, seconds: 0 };
    ends.set(end, counts);
    counts.count++;
    counts.seconds += seconds;
  }

  /** An upstream that is gone takes its numbers with it. */
  forget(upstream: string): void {
    this.#calls.delete(upstream);
  }

  samples(now: {
    readonly sessions: number;
    readonly sessionsOpened: number;
    readonly queueDrops: number;
    readonly upstreams: readonly { readonly name: string; readonly status: string; readonly restarts: number }[];
  }): MetricSample[] {
    const plain = (name: string, help: string, type: MetricSample['type'], value: number): MetricSample => ({
      name,
      help,
      type,
      values: [{ labels: {}, value }],
    });
    const calls = [...this.#calls].flatMap(([upstream, ends]) =>
      [...ends].map(([outcome, counts]) => ({ labels: { upstream, outcome }, counts })),
    );
    return [
      plain('mcp_sessions', 'Open sessions of MCP callers', 'gauge', now.sessions),
      plain('mcp_sessions_opened_total', 'Sessions opened by MCP callers', 'counter', now.sessionsOpened),
      plain('mcp_queue_drops_total', 'Messages for MCP callers that had to be dropped', 'counter', now.queueDrops),
      plain('mcp_upstream_state_changes_total', 'Changes of the state of upstreams', 'counter', this.stateChanges),
      {
        name: 'mcp_upstreams',
        help: 'Upstreams by state',
        type: 'gauge',
        values: now.upstreams.map(({ name, status }) => ({ labels: { upstream: name, status }, value: 1 })),
      },
      {
        name: 'mcp_upstream_restarts_total',
        help: 'Restarts of an upstream',
        type: 'counter',
        values: now.upstreams.map(({ name, restarts }) => ({ labels: { upstream: name }, value: restarts })),
      },
      {
        name: 'mcp_calls_total',
        help: 'Requests sent on to an upstream',
        type: 'counter',
        values: calls.map(({ labels, counts }) => ({ labels, value: counts.count })),
      },
      {
        name: 'mcp_call_seconds_total',
        help: 'Time until they were answered',
        type: 'counter',
        values: calls.map(({ labels, counts }) => ({ labels, value: counts.seconds })),
      },
    ];
  }
}
