import { Connectors, portOf, type Proxy } from './connectors.js';
import type { Header } from './header-list.js';
import type { Route } from './http-client.js';
import { HttpFailure } from './http-failure.js';
import { DestinationRefused, type OutboundPolicy } from './outbound-policy.js';
import type { ProxySettings } from './proxy-settings.js';
import type { TrustStore } from './trust-store.js';

/** The way of one message. */
export interface Way {
  readonly route: Route;
  /** What stands in the first line of the message. */
  readonly target: string;
  /** Headers the way needs; those of the message go before. */
  readonly headers: readonly Header[];
}

export interface RouterOptions {
  readonly policy: OutboundPolicy;
  readonly proxies: ProxySettings;
  readonly trust: TrustStore;
}

/** Decides how messages get to their servers. One serves all connections. */
export class Router {
  readonly #options: RouterOptions;
  readonly #connectors: Connectors;

  constructor(options: RouterOptions) {
    this.#options = options;
    const { policy, trust } = options;
    this.#connectors = new Connectors({ lookup: (port) => policy.lookup(port), secureContext: () => trust.secureContext });
  }

  /** @throws HttpFailure when there is none: refused, no usable proxy, no usable certificates */
  find(url: URL): Way {
    this.#options.trust.check();
    const proxy = this.#options.proxies.find(url);
    this.#checkDestination(url, proxy);
    const path = `${url.pathname}${url.search}`;
    if (!proxy) {
      const route = { key: url.origin, origin: url.origin, connect: this.#connectors.direct(url) };
      return { route, target: path, headers: [] };
    }
    if (url.protocol === 'https:') {
      const route = { key: `${proxy.url.origin} ${url.origin}`, origin: url.origin, connect: this.#connectors.tunnel(proxy, url) };
      return { route, target: path, headers: [] };
    }
    const route = { key: `proxy ${proxy.url.origin}`, origin: proxy.url.origin, connect: this.#connectors.toProxy(proxy) };
    return { route, target: `${url.origin}${path}`, headers: proxyHeaders(url, proxy) };
  }

  #checkDestination(url: URL, proxy: Proxy | null): void {
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    try {
      this.#options.policy.checkUrl({ host, port: portOf(url) }, proxy === null);
    } catch (error) {
      if (!(error instanceof DestinationRefused)) throw error;
      throw new HttpFailure(error.message, error.code);
    }
  }
}

function proxyHeaders(url: URL, { authorization }: Proxy): readonly Header[] {
  const host = { name: 'host', value: url.host };
  return authorization === null ? [host] : [{ name: 'proxy-authorization', value: authorization }, host];
}
