import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Counters, type Gauges, type MetricSample, renderMetrics } from '../telemetry/metrics.js';

export interface HealthSource {
  readonly counters: Counters;
  gauges(): Gauges;
  /** What further routes measure; nothing by default. */
  samples?(): readonly MetricSample[];
  /** False while the server closes. */
  readonly isReady: boolean;
}

/** Whether the path is one of these routes, and whether it needs the credentials of the socket. */
export function isHealthRoute(path: string): 'open' | 'guarded' | false {
  if (path === '/readyz' || path === '/livez') return 'open';
  return path === '/metrics' ? 'guarded' : false;
}

/** Answers `/livez` (the process runs), `/readyz` (it takes work) and `/metrics` (for Prometheus). */
export async function answerHealth(path: string, request: IncomingMessage, response: ServerResponse, source: HealthSource): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET,HEAD', 'content-length': 0 }).end();
    return;
  }
  if (path !== '/metrics') {
    response.writeHead(path === '/readyz' && !source.isReady ? 503 : 200, { 'content-length': 0 }).end();
    return;
  }
  const { contentType, body } = await renderMetrics(source.counters, source.gauges(), source.samples?.());
  response.writeHead(200, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) }).end(body);
}
