import { BlockList, isIP } from 'node:net';

/** Where a request is about to go. */
export interface Destination {
  /** As the URL has it, in lower case, without the brackets of an address. */
  readonly host: string;
  readonly port: number;
}

interface Rule {
  /** Null for every host. */
  readonly host: string | null;
  /** Names below it are meant, not itself. */
  readonly isDomain: boolean;
  /** Null when the rule is about names. */
  readonly network: BlockList | null;
  readonly ports: readonly [from: number, to: number];
}

/** Forms an address can hide in: IPv4 in IPv6, and the networks that translate between the two. */
const mapped = /^(?:::ffff:|64:ff9b::)(?:([0-9a-f]{1,4}):([0-9a-f]{1,4})|(\d+\.\d+\.\d+\.\d+))$/;

/**
 * A list of destinations: `example.com`, `*.example.com`, `10.0.0.0/8`, `192.168.1.2`, `[fd00::]/8`, each with `:PORT` or
 * `:FROM-TO` behind it or not; `*` is everything.
 */
export class DestinationRules {
  readonly #rules: readonly Rule[];

  /** @throws RangeError for a rule that is none */
  constructor(rules: readonly string[]) {
    this.#rules = rules.map(parseRule);
  }

  get isEmpty(): boolean {
    return this.#rules.length === 0;
  }

  /** Whether a rule about names, or about everything, holds. */
  matchesName({ host, port }: Destination): boolean {
    return this.#rules.some((rule) => rule.network === null && holdsPort(rule, port) && holdsName(rule, host));
  }

  /** Whether a rule about addresses holds. */
  matchesAddress(address: string, port: number): boolean {
    const forms = addressForms(address);
    return this.#rules.some(
      ({ network, ...rule }) => network !== null && holdsPort(rule, port) && forms.some((form) => contains(network, form)),
    );
  }
}

/** The address, and those it is another form of. Connecting to no address at all is connecting to this machine. */
export function addressForms(address: string): readonly string[] {
  const full = isIP(address) === 6 ? new URL(`http://[${address.replace(/%.*$/, '')}]`).hostname.slice(1, -1) : address;
  if (full === '0.0.0.0') return [full, '127.0.0.1'];
  if (full === '::') return [full, '::1', '127.0.0.1'];
  const [, high, low, dotted] = mapped.exec(full) ?? [];
  if (dotted !== undefined) return [full, dotted];
  if (high === undefined || low === undefined) return [full];
  const number = (Number.parseInt(high, 16) << 16) | Number.parseInt(low, 16);
  return [full, [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.')];
}

/** Whether a network has this address. */
export function contains(network: BlockList, address: string): boolean {
  return network.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

function parseRule(text: string): Rule {
  const [, bracketed, plain, prefix, from, to = from] =
    /^(?:\[([0-9a-f:.]+)\]|([^[\]/:]*|[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*))(?:\/(\d{1,3}))?(?::(\d{1,5})(?:-(\d{1,5}))?)?$/i.exec(
      text.trim(),
    ) ?? [];
  const host = (bracketed ?? plain ?? '').toLowerCase();
  const ports = from === undefined ? ([0, 65_535] as const) : ([Number(from), Number(to)] as const);
  const family = isIP(host);
  const isFaulty =
    host === '' ||
    ports[1] > 65_535 ||
    ports[0] > ports[1] ||
    (family === 0 && (prefix !== undefined || bracketed !== undefined || !/^(?:\*|(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)$/.test(host)));
  if (isFaulty || Number(prefix ?? 0) > (family === 6 ? 128 : 32)) {
    throw new RangeError(
      `\`${text}\` is no rule for destinations: expected a host, \`*.domain\`, an address or a network, with \`:PORT\` or without`,
    );
  }
  if (family === 0) return { host: host === '*' ? null : host.replace(/^\*\./, ''), isDomain: host.startsWith('*.'), network: null, ports };
  const network = new BlockList();
  network.addSubnet(host, prefix === undefined ? (family === 6 ? 128 : 32) : Number(prefix), family === 6 ? 'ipv6' : 'ipv4');
  return { host, isDomain: false, network, ports };
}

function holdsPort({ ports: [from, to] }: Pick<Rule, 'ports'>, port: number): boolean {
  return port >= from && port <= to;
}

function holdsName({ host, isDomain }: Rule, name: string): boolean {
  if (host === null) return true;
  const plain = name.replace(/\.$/, '');
  return isDomain ? plain.endsWith(`.${host}`) : plain === host;
}
