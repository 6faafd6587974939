import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Limits } from '@exec-server/protocol';
import type { LegacyEndpoint } from './caller/legacy-endpoint.js';
import { isModern } from './caller/modern-checks.js';
import type { ModernEndpoint } from './caller/modern-endpoint.js';
import { type GatewayLog, reasonOf } from './gateway-log.js';
import type { Management } from './management.js';
import { BodyTooLargeError, readBody, sendAndClose, sendEmpty, sendJson } from './wire/http-body.js';
import { mediaType, readAccept } from './wire/media-types.js';
import { errorCodes, errorText, readMessage, writeError } from './wire/message.js';

export interface RoutesOptions {
  readonly legacy: LegacyEndpoint;
  readonly modern: ModernEndpoint;
  readonly management: Management;
  readonly limits: Limits;
  readonly log: GatewayLog;
}

/** Where the gateway is mounted. */
export const gatewayPath = '/mcpproxy';

const upstreamsPath = `${gatewayPath}/upstreams`;

/** Who asked is known and allowed when a request comes here; this finds what it is for. */
export class Routes {
  readonly #options: RoutesOptions;
  #isClosed = false;

  constructor(options: RoutesOptions) {
    this.#options = options;
  }

  /** Never rejects. */
  async handle(request: IncomingMessage, response: ServerResponse, principal: string | null): Promise<void> {
    try {
      await this.#route(request, response, principal);
    } catch (error) {
      this.#options.log.error({ error: error instanceof Error ? error.stack : String(error) }, 'fault while answering an MCP request');
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, writeError('null', errorText(errorCodes.internalError, 'internal error')));
    }
  }

  /** Nothing is taken any more. */
  close(): void {
    this.#isClosed = true;
  }

  async #route(request: IncomingMessage, response: ServerResponse, principal: string | null): Promise<void> {
    if (this.#isClosed) return sendEmpty(response, 503, { connection: 'close' });
    const { legacy, management } = this.#options;
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    if (path === upstreamsPath) return management.handle(request, response, null);
    if (path.startsWith(`${upstreamsPath}/`)) return management.handle(request, response, path.slice(upstreamsPath.length + 1));
    if (path !== gatewayPath) return sendEmpty(response, 404);
    if (request.method === 'POST') return this.#post(request, response, principal);
    if (request.method === 'GET') return legacy.get(request, response, principal);
    if (request.method === 'DELETE') return legacy.delete(request, response, principal);
    return sendEmpty(response, 405, { allow: 'GET, POST, DELETE' });
  }

  async #post(request: IncomingMessage, response: ServerResponse, principal: string | null): Promise<void> {
    const { legacy, modern, limits, log } = this.#options;
    const refuse = (status: number, code: number, message: string, id = 'null'): void =>
      sendJson(response, status, writeError(id, errorText(code, message)));
    if (mediaType(request.headers['content-type']) !== 'application/json')
      return refuse(415, errorCodes.invalidRequest, 'the Content-Type must be application/json');
    const accepted = readAccept(request.headers);
    if (!accepted.json && !accepted.eventStream)
      return refuse(406, errorCodes.invalidRequest, 'accept application/json, text/event-stream, or both');
    let text: string | null;
    try {
      text = await readBody(request, limits.mcpBodyBytes);
    } catch (error) {
      if (error instanceof BodyTooLargeError)
        return sendAndClose(request, response, 413, writeError('null', errorText(errorCodes.invalidRequest, error.message)), limits);
      log.debug({ reason: reasonOf(error) }, 'a request was not sent to its end');
      return undefined;
    }
    if (text === null) return refuse(400, errorCodes.parseError, 'the body is not UTF-8');
    const message = readMessage(text);
    if (message.kind === 'fault') return refuse(400, message.code, message.message, message.id);
    if (isModern(request.headers, message)) return modern.post(request, response, message, principal);
    return legacy.post(request, response, message, principal);
  }
}
