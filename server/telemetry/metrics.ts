/** What is counted while the server runs. Plain numbers: the hot paths add to them. */
export interface Counters {
  connectionsOpened: number;
  connectionsRefused: number;
  sessionsOpened: number;
  sessionsResumed: number;
  sessionsExpired: number;
  requests: number;
  requestErrors: number;
  malformedMessages: number;
  processesStarted: number;
  processStartsFailed: number;
  outputBytes: number;
  httpRequests: number;
  httpFailures: number;
  httpBodyBytes: number;
}

export function createCounters(): Counters {
  return {
    connectionsOpened: 0,
    connectionsRefused: 0,
    sessionsOpened: 0,
    sessionsResumed: 0,
    sessionsExpired: 0,
    requests: 0,
    requestErrors: 0,
    malformedMessages: 0,
    processesStarted: 0,
    processStartsFailed: 0,
    outputBytes: 0,
    httpRequests: 0,
    httpFailures: 0,
    httpBodyBytes: 0,
  };
}

const counterHelp: Readonly<Record<keyof Counters, readonly [name: string, help: string]>> = {
  connectionsOpened: ['connections_opened_total', 'Connections accepted'],
  connectionsRefused: ['connections_refused_total', 'WebSocket upgrades refused for their Origin, Host or credentials'],
  sessionsOpened: ['sessions_opened_total', 'Sessions opened'],
  sessionsResumed: ['sessions_resumed_total', 'Sessions taken up again by a new connection'],
  sessionsExpired: ['sessions_expired_total', 'Sessions ended because nobody came back in time'],
  requests: ['requests_total', 'Requests received'],
  requestErrors: ['request_errors_total', 'Requests answered with an error'],
  malformedMessages: ['malformed_messages_total', 'Messages that could not be read'],
  processesStarted: ['processes_started_total', 'Processes started'],
  processStartsFailed: ['process_starts_failed_total', 'Starts the system refused'],
  outputBytes: ['output_bytes_total', 'Bytes of output read from processes'],
  httpRequests: ['http_requests_total', 'HTTP requests made for clients'],
  httpFailures: ['http_failures_total', 'HTTP requests without a response, or with one that did not come whole'],
  httpBodyBytes: ['http_body_bytes_total', 'Bytes of bodies of HTTP responses'],
};

/** What is measured at the moment somebody looks. */
export interface Gauges {
  readonly connections: number;
  readonly sessionsAttached: number;
  readonly sessionsDetached: number;
  readonly processesLive: number;
  readonly processesRetained: number;
  readonly retainedBytes: number;
  readonly httpExchanges: number;
}

const gaugeHelp: Readonly<Record<keyof Gauges, readonly [name: string, help: string]>> = {
  connections: ['connections', 'Open connections'],
  sessionsAttached: ['sessions_attached', 'Sessions with a connection'],
  sessionsDetached: ['sessions_detached', 'Sessions waiting for their client to come back'],
  processesLive: ['processes_live', 'Processes that are not closed'],
  processesRetained: ['processes_retained', 'Closed processes that can still be read'],
  retainedBytes: ['retained_output_bytes', 'Output kept for processes'],
  httpExchanges: ['http_exchanges', 'HTTP exchanges under way'],
};

/** Something measured that is not one of these: `name` comes behind `exec_server_`. */
export interface MetricSample {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly values: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

/** The page for Prometheus. The library is loaded when somebody asks for the first time. */
export async function renderMetrics(
  counters: Counters,
  gauges: Gauges,
  samples: readonly MetricSample[] = [],
): Promise<{ contentType: string; body: string }> {
  const { Counter, Gauge, Registry } = await import('prom-client');
  const registry = new Registry();
  const registers = [registry];
  for (const [key, [name, help]] of Object.entries(counterHelp)) {
    new Counter({ name: `exec_server_${name}`, help, registers }).inc(counters[key as keyof Counters]);
  }
  for (const [key, [name, help]] of Object.entries(gaugeHelp)) {
    new Gauge({ name: `exec_server_${name}`, help, registers }).set(gauges[key as keyof Gauges]);
  }
  for (const { name, help, type, values } of samples) {
    const configuration = { name: `exec_server_${name}`, help, registers, labelNames: Object.keys(values[0]?.labels ?? {}) };
    const metric = type === 'counter' ? new Counter(configuration) : new Gauge(configuration);
    for (const { labels, value } of values) metric.inc(labels, value);
  }
  new Gauge({ name: 'process_resident_memory_bytes', help: 'Memory of the server', registers }).set(process.memoryUsage.rss());
  const { user, system } = process.cpuUsage();
  new Counter({ name: 'process_cpu_seconds_total', help: 'Processor time of the server', registers }).inc((user + system) / 1e6);
  return { contentType: registry.contentType, body: await registry.metrics() };
}
