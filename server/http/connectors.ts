import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction, connect as tcpConnect, type Socket } from 'node:net';
import { type SecureContext, connect as tlsConnect } from 'node:tls';
import type { Connect } from './line.js';

export interface ConnectorOptions {
  /** How names become addresses, for connections to this port; for servers, not for proxies. */
  readonly lookup: (port: number) => LookupFunction;
  /** What TLS trusts; called when it is needed. */
  readonly secureContext: () => SecureContext;
}

/** A proxy on the way, without its path. */
export interface Proxy {
  readonly url: URL;
  /** Value of `proxy-authorization`. */
  readonly authorization: string | null;
}

type Done = Parameters<Connect>[0];

/** A connected socket, or a failure, once and for all. */
function settle(socket: Socket, event: 'connect' | 'secureConnect', done: Done): () => void {
  let isDone = false;
  socket.setNoDelay(true);
  socket.setKeepAlive(true, keepAliveDelayMs);
  const finish = (error: Error | null): void => {
    if (isDone) return;
    isDone = true;
    done(error, error ? null : socket);
  };
  socket.once(event, () => finish(null));
  socket.on('error', finish);
  socket.once('close', () => finish(new Error('the connection was closed before it was made')));
  return () => {
    isDone = true;
    socket.destroy();
  };
}

/** Ways to servers. There are no limits of time: whoever waits gives up. */
export class Connectors {
  readonly #options: ConnectorOptions;
  /** TLS sessions to take up again, by server. */
  readonly #sessions = new Map<string, Buffer>();

  constructor(options: ConnectorOptions) {
    this.#options = options;
  }

  /** Straight to the server. */
  direct(url: URL): Connect {
    const target = { host: hostOf(url), port: portOf(url), lookup: this.#options.lookup(portOf(url)) };
    return (done) => {
      if (url.protocol === 'https:') return this.#secure(url, target, done);
      return settle(tcpConnect({ ...target, ...reading }), 'connect', done);
    };
  }

  /** To a proxy, which is told the whole URL. */
  toProxy({ url }: Proxy): Connect {
    const target = { host: hostOf(url), port: portOf(url) };
    return (done) => {
      if (url.protocol === 'https:') return this.#secure(url, target, done);
      return settle(tcpConnect({ ...target, ...reading }), 'connect', done);
    };
  }

  /** Through a proxy that passes on bytes. */
  tunnel(proxy: Proxy, url: URL): Connect {
    return (done) => {
      const authority = `${url.hostname}:${portOf(url)}`;
      const ask = proxy.url.protocol === 'https:' ? httpsRequest : httpRequest;
      const request = ask({
        method: 'CONNECT',
        host: hostOf(proxy.url),
        port: portOf(proxy.url),
        path: authority,
        agent: false,
        headers: {
          host: authority,
          connection: 'keep-alive',
          ...(proxy.authorization === null ? {} : { 'proxy-authorization': proxy.authorization }),
        },
        ...(proxy.url.protocol === 'https:' ? { secureContext: this.#options.secureContext(), ALPNProtocols: ['http/1.1'] } : {}),
      });
      let abort = (): void => void request.destroy();
      let isDone = false;
      const fail = (error: Error): void => {
        if (isDone) return;
        isDone = true;
        request.destroy();
        done(error, null);
      };
      request.on('error', fail);
      request.once('response', ({ statusCode }) => fail(refused(statusCode)));
      request.once('connect', ({ statusCode }, socket: Socket, head: Buffer) => {
        if (isDone || statusCode === undefined || statusCode < 200 || statusCode > 299) {
          socket.destroy();
          fail(refused(statusCode));
          return;
        }
        isDone = true;
        if (head.length > 0) socket.unshift(head);
        abort = this.#secure(url, { socket, host: hostOf(url), port: portOf(url) }, done);
      });
      request.end();
      return () => abort();
    };
  }

  #secure(url: URL, target: { readonly host: string; readonly port: number; readonly socket?: Socket }, done: Done): () => void {
    const session = this.#sessions.get(url.host);
    const socket = tlsConnect({
      ...reading,
      ...target,
      secureContext: this.#options.secureContext(),
      ALPNProtocols: ['http/1.1'],
      ...(isIP(target.host) === 0 ? { servername: target.host } : {}),
      ...(session ? { session } : {}),
    });
    socket.on('session', (ticket) => this.#remember(url.host, ticket));
    return settle(socket, 'secureConnect', done);
  }

  #remember(host: string, session: Buffer): void {
    this.#sessions.delete(host);
    this.#sessions.set(host, session);
    const [oldest] = this.#sessions.keys();
    if (oldest !== undefined && this.#sessions.size > rememberedSessions) this.#sessions.delete(oldest);
  }
}

const rememberedSessions = 100;

/** Bytes read at a time: larger pieces leave the fast path of base64. */
const reading = { highWaterMark: 65_536 };

/** Connections that are silent for so long are looked after by the system, in milliseconds. */
const keepAliveDelayMs = 60_000;

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

export function portOf({ protocol, port }: URL): number {
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}

function refused(status: number | undefined): Error {
  return Object.assign(new Error(`the proxy answered ${status ?? 'nothing'}`), { code: 'ERR_PROXY' });
}
