import { Connectors, portOf, type Proxy } from './connectors.js';
import type { Header } from './header-list.js';
import type { Route } from './line.js';
import { HttpFailure } from './http-failure.js';
import { DestinationRefused, type OutboundPolicy } from './outbound-policy.js';
import type { ProxySettings } from './proxy-settings.js';
import type { TrustStore } from './trust-store.js';

/** The way to one server. */
export interface Way {
  readonly route: Route;
  /** What goes before the path in the first line of a message. */
  readonly prefix: string;
  /** Headers the way needs; those of the message go before. */
  readonly headers: readonly Header[];
}

export interface RouterOptions {
  readonly policy: OutboundPolicy;
  readonly proxies: ProxySettings;
  readonly trust: TrustStore;
}

/** Ways that are remembered: nothing they depend on changes while the server runs. */
const rememberedWays = 256;

/** Decides how messages get to their servers. One serves all connections. */
export class Router {
  readonly #options: RouterOptions;
  readonly #connectors: Connectors;
  /** By origin. */
  readonly #ways = new Map<string, Way>();

  constructor(options: RouterOptions) {
    this.#options = options;
    const { policy, trust } = options;
    this.#connectors = new Connectors({ lookup: (port) => policy.lookup(port), secureContext: () => trust.secureContext });
  }

  /** @throws HttpFailure when there is none: refused, no usable proxy, no usable certificates */
  find(url: URL): Way {
    const { origin } = url;
    const known = this.#ways.get(origin);
    if (known) return known;
    const way = this.#plan(new URL(origin));
    if (this.#ways.size >= rememberedWays) this.#ways.clear();
    this.#ways.set(origin, way);
    return way;
  }

  #plan(server: URL): Way {
    const { policy, proxies, trust } = this.#options;
    trust.check();
    const proxy = proxies.find(server);
    const host = server.hostname.replace(/^\[(.*)\]$/, '$1');
    try {
      policy.checkUrl({ host, port: portOf(server) }, proxy === null);
    } catch (error) {
      if (!(error instanceof DestinationRefused)) throw error;
      throw new HttpFailure(error.message, error.code);
    }
    return this.#take(server, proxy);
  }

  #take(server: URL, proxy: Proxy | null): Way {
    const { origin } = server;
    if (!proxy) return { route: { key: origin, origin, connect: this.#connectors.direct(server) }, prefix: '', headers: [] };
    const { url, authorization } = proxy;
    if (server.protocol === 'https:') {
      const route = { key: `${url.origin} ${origin}`, origin, connect: this.#connectors.tunnel(proxy, server) };
      return { route, prefix: '', headers: [] };
    }
    const route = { key: `proxy ${url.origin}`, origin: url.origin, connect: this.#connectors.toProxy(proxy) };
    const host = { name: 'host', value: server.host };
    const headers = authorization === null ? [host] : [{ name: 'proxy-authorization', value: authorization }, host];
    return { route, prefix: origin, headers };
  }
}
