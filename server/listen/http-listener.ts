import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { getDefaultHighWaterMark } from 'node:stream';
import type { Limits } from '@exec-server/protocol';
import { WebSocketServer } from 'ws';
import type { Authentication, Authenticator } from '../auth/authenticator.js';
import type { Logger } from '../telemetry/logger.js';
import { answerHealth, type HealthSource, isHealthRoute } from './health.js';
import type { MetricSample } from '../telemetry/metrics.js';
import { refuseRequest } from './request-guard.js';
import { normalizeTarget } from './request-target.js';
import { answerWithoutUpgrade, listsWord, wantsWebSocket } from './upgrade-offer.js';
import { WebSocketChannel } from './websocket-channel.js';

/** Something else on the same port, behind the same checks of `Host`, `Origin` and credentials. */
export interface ExtraRoute {
  /** Such as `/tools`: this path, and everything below it. */
  readonly path: string;
  /** Web pages of this machine may come too, not only those of allowed origins. */
  readonly admitsLocalPages?: boolean | undefined;
  /** @param principal who asks; null when everybody may */
  handle(request: IncomingMessage, response: ServerResponse, principal: string | null): void | Promise<void>;
  /** What it measures, for the page of metrics. */
  samples?(): readonly MetricSample[];
}

export interface HttpListenerOptions {
  /** IP address to bind. */
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Null lets everybody in. */
  readonly authenticator: Authenticator | null;
  readonly allowedOrigins: readonly string[];
  readonly allowedHosts: readonly string[];
  readonly limits: Limits;
  readonly logger: Logger;
  readonly health: HealthSource;
  /** None by default. */
  readonly routes?: readonly ExtraRoute[] | undefined;
  /** Takes ownership of the channel. */
  readonly onChannel: (channel: WebSocketChannel, principal: string | null) => void;
}

/** How clients arrive over HTTP: checks who asks, answers the health routes, turns `/` into a WebSocket. */
export class HttpListener {
  readonly #options: HttpListenerOptions;
  readonly #server: Server;
  readonly #webSockets: WebSocketServer;
  #listening: Promise<string> | null = null;

  constructor(options: HttpListenerOptions) {
    const { limits } = options;
    this.#options = options;
    this.#webSockets = new WebSocketServer(webSocketOptions(limits));
    this.#server = createServer({
      noDelay: true,
      highWaterMark: socketHighWaterBytes(limits),
      keepAlive: true,
      keepAliveInitialDelay: limits.pingIntervalMs,
      keepAliveTimeout: limits.httpKeepAliveMs,
      headersTimeout: limits.requestHeadTimeoutMs,
      requestTimeout: limits.requestHeadTimeoutMs * 2,
      connectionsCheckingInterval: Math.min(limits.requestHeadTimeoutMs, 5_000),
    });
    this.#server.maxConnections = limits.maxConnections;
    this.#server.on('request', (request, response) => this.#answer(request, response, null));
    this.#server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
      if (this.#findExtra(request) && !wantsWebSocket(request)) return answerWithoutUpgrade(this.#server, request, socket, head);
      socket.on('error', () => undefined); // the peer is gone: 'close' follows
      const response = new ServerResponse(request);
      response.assignSocket(socket);
      response.once('finish', () => socket.destroySoon()); // an answer in place of the upgrade ends the connection
      return this.#answer(request, response, head);
    });
    this.#server.on('drop', () => options.logger.warn({ maxConnections: limits.maxConnections }, 'connection refused: too many'));
  }

  /**
   * Binds the address and resolves with the URL, the port filled in.
   * @throws the system's error when the address cannot be bound
   */
  listen(): Promise<string> {
    const { host, port } = this.#options;
    this.#listening = new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port }, () => {
        this.#server.removeListener('error', reject);
        this.#server.on('error', (error) => this.#options.logger.error({ error: error.message }, 'listener failed'));
        const bound = this.#server.address() as AddressInfo;
        resolve(`ws://${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`);
      });
    });
    return this.#listening;
  }

  /** Stops taking connections and ends those that are no WebSockets; the others belong to their channels. */
  async close(): Promise<void> {
    await this.#listening?.catch(() => undefined); // binding cannot be called off; its caller gets the error
    if (!this.#server.listening) return;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  #answer(request: IncomingMessage, response: ServerResponse, head: Buffer | null): void {
    this.#route(request, response, head).catch((error: unknown) => {
      this.#options.logger.error({ error: error instanceof Error ? error.stack : String(error) }, 'fault while answering an HTTP request');
      request.socket.destroy();
    });
  }

  async #route(request: IncomingMessage, response: ServerResponse, head: Buffer | null): Promise<void> {
    const { health, logger } = this.#options;
    if (head !== null) response.shouldKeepAlive = false;
    const fault = normalizeTarget(request);
    if (fault !== null) return reply(response, 400, fault);
    const path = pathOf(request);
    const extra = this.#findExtra(request);
    const guard = { ...this.#options, boundHost: this.#options.host, admitsLocalPages: extra?.admitsLocalPages };
    const refusal = refuseRequest(request, guard);
    if (refusal !== null) {
      health.counters.connectionsRefused++;
      logger.info({ reason: refusal }, 'request refused');
      reply(response, 403, '');
      return;
    }
    const healthRoute = isHealthRoute(path);
    if (healthRoute === 'guarded' && (await this.#admit(request, response)) === null) return;
    if (healthRoute !== false) await answerHealth(path, request, response, health);
    else if (path === '/') await this.#upgrade(request, response, head);
    else if (extra) await this.#answerExtra(extra, request, response, head !== null);
    else reply(response, 404, '');
  }

  #findExtra(request: IncomingMessage): ExtraRoute | undefined {
    const path = pathOf(request);
    return this.#options.routes?.find((route) => path === route.path || path.startsWith(`${route.path}/`));
  }

  async #upgrade(request: IncomingMessage, response: ServerResponse, head: Buffer | null): Promise<void> {
    const fault = findHandshakeFault(request);
    if (fault) {
      reply(response, fault.status, fault.message);
      return;
    }
    const admission = await this.#admit(request, response);
    if (admission === null || head === null) return;
    const { socket } = request;
    if (socket.destroyed) return;
    response.detachSocket(socket);
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      this.#options.onChannel(new WebSocketChannel(webSocket, socket, this.#options.limits), admission.principal);
    });
  }

  async #answerExtra(route: ExtraRoute, request: IncomingMessage, response: ServerResponse, wantsUpgrade: boolean): Promise<void> {
    const admission = await this.#admit(request, response);
    if (admission === null) return;
    if (wantsUpgrade) reply(response, 400, `${route.path} is no WebSocket: the one of this server is at /`);
    else await route.handle(request, response, admission.principal);
  }

  /** Null when the credentials do not do; then that has been answered. */
  async #admit(request: IncomingMessage, response: ServerResponse): Promise<{ principal: string | null } | null> {
    const { authenticator, health, logger } = this.#options;
    if (!authenticator) return { principal: null };
    const result: Authentication = await authenticator.authenticate(request.headers.authorization);
    if ('principal' in result) return result;
    health.counters.connectionsRefused++;
    logger.info({ reason: result.refusal }, 'request refused');
    response.setHeader('www-authenticate', 'Bearer');
    reply(response, 401, result.refusal);
    return null;
  }
}

function webSocketOptions(limits: Limits) {
  return {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: limits.maxMessageBytes,
    closeTimeout: limits.closeGraceMs,
    handleProtocols: (): false => false, // no subprotocol is ever chosen (base)
  };
}

/** A socket tells that it has drained only when it held more than this: no more than what answers wait for. */
function socketHighWaterBytes({ outboxHighWaterBytes, outboxHardLimitBytes }: Limits): number {
  return Math.min(outboxHighWaterBytes, outboxHardLimitBytes, getDefaultHighWaterMark(false));
}

function reply(response: ServerResponse, status: number, text: string): void {
  const type = text === '' ? {} : { 'content-type': 'text/plain; charset=utf-8' };
  response.writeHead(status, { ...type, 'content-length': Buffer.byteLength(text) }).end(text);
}

/** What keeps a request from becoming a WebSocket, in the order and the words of the base. */
function findHandshakeFault({ method, headers }: IncomingMessage): { status: number; message: string } | null {
  if (method !== 'GET') return { status: 405, message: 'Request method must be `GET`' };
  if (!listsWord(headers.connection, 'upgrade')) return { status: 400, message: "Connection header did not include 'upgrade'" };
  if (!listsWord(headers.upgrade, 'websocket')) return { status: 400, message: "`Upgrade` header did not include 'websocket'" };
  const key = headers['sec-websocket-key'];
  if (key === undefined) return { status: 400, message: '`Sec-WebSocket-Key` header missing' };
  if (headers['sec-websocket-version'] !== '13') return { status: 400, message: "`Sec-WebSocket-Version` header did not include '13'" };
  if (!/^[A-Za-z0-9+/]{22}==$/.test(key)) return { status: 400, message: '`Sec-WebSocket-Key` header is not 16 bytes of base64' };
  return null;
}

function pathOf({ url = '/' }: IncomingMessage): string {
  return url.split('?', 1)[0] as string;
}
