import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Limits } from '@exec-server/protocol';
import { type GatewayLog, reasonOf } from './gateway-log.js';
import { checkUpstreamConfig, isUpstreamName, UpstreamConfigError } from './upstream/config.js';
import { withoutQuery } from './upstream/secrets.js';
import { UpstreamStartError } from './upstream/start-error.js';
import type { Upstream } from './upstream/upstream.js';
import type { Upstreams } from './upstream/upstreams.js';
import { BodyTooLargeError, readBody, sendAndClose, sendEmpty, sendJson } from './wire/http-body.js';
import { mediaType } from './wire/media-types.js';

export interface ManagementOptions {
  readonly upstreams: Upstreams;
  readonly limits: Limits;
  readonly log: GatewayLog;
}

/** Upstreams over REST: register, list, look at, remove. */
export class Management {
  readonly #options: ManagementOptions;

  constructor(options: ManagementOptions) {
    this.#options = options;
  }

  /** @param encodedName what stands behind `/mcpproxy/upstreams/`; null for the list itself */
  async handle(request: IncomingMessage, response: ServerResponse, encodedName: string | null): Promise<void> {
    const { method } = request;
    if (encodedName === null) {
      if (method === 'GET') return this.#list(response);
      if (method === 'POST') return this.#register(request, response);
      return sendEmpty(response, 405, { allow: 'GET, POST' });
    }
    if (method !== 'GET' && method !== 'DELETE') return sendEmpty(response, 405, { allow: 'GET, DELETE' });
    const name = decode(encodedName);
    if (name === null || !isUpstreamName(name)) return fail(response, 404, 'not_found', 'there is no upstream of such a name');
    if (method === 'GET') return this.#show(response, name);
    if (!(await this.#options.upstreams.remove(name))) return fail(response, 404, 'not_found', `there is no upstream ${name}`);
    return sendJson(response, 200, JSON.stringify({ name, removed: true }));
  }

  #list(response: ServerResponse): void {
    const { upstreams } = this.#options;
    sendJson(response, 200, JSON.stringify(upstreams.all.map((upstream) => this.#describe(upstream))));
  }

  #show(response: ServerResponse, name: string): void {
    const upstream = this.#options.upstreams.find(name);
    if (!upstream) return fail(response, 404, 'not_found', `there is no upstream ${name}`);
    sendJson(response, 200, JSON.stringify(this.#describe(upstream)));
  }

  async #register(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (mediaType(request.headers['content-type']) !== 'application/json')
      return fail(response, 415, 'unsupported_media_type', 'the Content-Type must be application/json');
    const { limits, upstreams } = this.#options;
    let body: string | null;
    try {
      body = await readBody(request, limits.mcpBodyBytes);
    } catch (error) {
      if (error instanceof BodyTooLargeError)
        return sendAndClose(request, response, 413, JSON.stringify({ code: 'too_large', message: error.message }), limits);
      return; // whoever sent it is gone
    }
    const gone = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) gone.abort(new Error('whoever registered it has left'));
    });
    try {
      const upstream = await upstreams.add(checkUpstreamConfig(parse(body), limits), gone.signal);
      // The caller may have left at the very end.
      if (gone.signal.aborted) await upstreams.remove(upstream.name);
      else sendJson(response, 201, JSON.stringify(this.#describe(upstream)));
    } catch (error) {
      this.#refuse(response, error);
    }
  }

  #refuse(response: ServerResponse, error: unknown): void {
    if (error instanceof UpstreamConfigError) return fail(response, 400, 'invalid', error.message);
    if (error instanceof UpstreamStartError) {
      this.#options.log.warn({ code: error.code, reason: error.message }, 'a registration has failed');
      return fail(response, error.status, error.code, error.message);
    }
    this.#options.log.warn({ reason: reasonOf(error) }, 'a registration has failed');
    return fail(response, 502, 'upstream_failed', reasonOf(error));
  }

  /** What may be told: names of variables and headers, never their values. */
  #describe(upstream: Upstream) {
    const { upstreams } = this.#options;
    const { config, shared, startedAt } = upstream;
    const place =
      config.transport === 'stdio'
        ? { command: config.command, env: Object.keys(config.env) }
        : { url: withoutQuery(config.url), headers: Object.keys(config.headers) };
    return {
      name: config.name,
      transport: config.transport,
      status: upstream.status,
      tools: upstreams.tools.visibleOf(upstream),
      hiddenTools: upstreams.tools.hiddenOf(upstream),
      environment: config.environment,
      ...place,
      isolation: config.isolation,
      pid: shared?.pid ?? null,
      serverInfo: parseInfo(shared?.introduction.serverInfo ?? null),
      protocolVersion: shared?.introduction.revision ?? null,
      restarts: upstream.restarts,
      lastError: upstream.lastError,
      startedAt: startedAt?.toISOString() ?? null,
    };
  }
}

function parse(body: string | null): unknown {
  try {
    return JSON.parse(body ?? '');
  } catch {
    throw new UpstreamConfigError('the body is not JSON');
  }
}

function parseInfo(text: string | null): unknown {
  return text === null ? null : JSON.parse(text);
}

function decode(name: string): string | null {
  try {
    return decodeURIComponent(name);
  } catch {
    return null;
  }
}

function fail(response: ServerResponse, status: number, code: string, message: string): void {
  sendJson(response, status, JSON.stringify({ code, message }));
}
