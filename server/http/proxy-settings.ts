import { BlockList, isIP } from 'node:net';
import { basicAuthorization } from './basic-authorization.js';
import { type Proxy, portOf } from './connectors.js';
import { HttpFailure } from './http-failure.js';
import { withoutCredentials } from './url-check.js';

/** The proxies the variables of the server ask for, by the rules of the base. Loopback is no exception. */
export class ProxySettings {
  /** For each scheme: a proxy, null for none, or why the one that is asked for cannot be used. */
  readonly #proxies: Readonly<Record<'http:' | 'https:', Proxy | HttpFailure | null>>;
  readonly #exceptions: NoProxy;

  constructor(variables: ReadonlyMap<string, string>) {
    const find = (...names: readonly string[]): Proxy | HttpFailure | null =>
      readProxy(names.map((name) => variables.get(name)).find((value) => value !== undefined) ?? '');
    const all = find('ALL_PROXY', 'all_proxy');
    // In a program that a web server has started, HTTP_PROXY is what a visitor sent as `Proxy:` (base).
    const isCgi = variables.has('REQUEST_METHOD');
    this.#proxies = {
      'http:': (isCgi ? null : find('HTTP_PROXY', 'http_proxy')) ?? all,
      'https:': find('HTTPS_PROXY', 'https_proxy') ?? all,
    };
    this.#exceptions = new NoProxy(variables.get('NO_PROXY') ?? variables.get('no_proxy') ?? '');
  }

  /**
   * The proxy for this URL; null when it is reached directly.
   * @throws HttpFailure for a kind of proxy that is not supported: nothing goes past a proxy
   */
  find(url: URL): Proxy | null {
    const proxy = this.#proxies[url.protocol === 'https:' ? 'https:' : 'http:'];
    if (!proxy || this.#exceptions.includes(url)) return null;
    if (proxy instanceof HttpFailure) throw proxy;
    return proxy;
  }
}

/** A text that is no URL is as good as none (base). */
function readProxy(text: string): Proxy | HttpFailure | null {
  const full = text.includes('://') ? text : `http://${text}`;
  if (text === '' || !URL.canParse(full)) return null;
  const url = new URL(full);
  if (/^socks[45]?[ah]?:$/.test(url.protocol))
    return new HttpFailure(`the proxy is of a kind that is not supported: ${url.protocol}//`, 'proxy');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return null;
  return { url: withoutCredentials(url), authorization: basicAuthorization(url) };
}

/** Servers that are reached without a proxy: `*`, names with everything below them, addresses, networks; each with a port or without. */
class NoProxy {
  #hasAll = false;
  readonly #names: { readonly name: string; readonly port: number | null }[] = [];
  readonly #networks = new BlockList();

  constructor(list: string) {
    for (const entry of list.split(',')) this.#add(entry.trim().toLowerCase());
  }

  includes(url: URL): boolean {
    if (this.#hasAll) return true;
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    const family = isIP(host);
    if (family !== 0 && this.#networks.check(host, family === 6 ? 'ipv6' : 'ipv4')) return true;
    const port = portOf(url);
    return this.#names.some(
      (entry) => (entry.port === null || entry.port === port) && (host === entry.name || (family === 0 && host.endsWith(`.${entry.name}`))),
    );
  }

  #add(entry: string): void {
    if (entry === '') return;
    if (entry === '*') this.#hasAll = true;
    const network = /^\[?([0-9a-f:.]+)\]?\/(\d{1,3})$/.exec(entry);
    if (network) {
      this.#addNetwork(network[1] ?? '', Number(network[2]));
      return;
    }
    const [, name = '', port] = /^(?:\*?\.)?(.*?)(?::(\d+))?$/.exec(isIP(entry) === 6 ? `[${entry}]` : entry) ?? [];
    this.#names.push({ name: name.replace(/^\[(.*)\]$/, '$1'), port: port === undefined ? null : Number(port) });
  }

  #addNetwork(address: string, prefix: number): void {
    const family = isIP(address);
    if (family !== 0 && prefix <= (family === 6 ? 128 : 32)) this.#networks.addSubnet(address, prefix, family === 6 ? 'ipv6' : 'ipv4');
  }
}
