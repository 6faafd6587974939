import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { addressForms, contains, type Destination, DestinationRules } from './destination-rules.js';

export interface OutboundRules {
  /** The only destinations there are, by {@link DestinationRules}; all by default. */
  readonly allow?: readonly string[] | undefined;
  /** Destinations that are refused all the same. */
  readonly deny?: readonly string[] | undefined;
}

/** The request would go where this server does not go. */
export class DestinationRefused extends Error {
  override readonly name = 'DestinationRefused';
  readonly code = 'DESTINATION_REFUSED';

  constructor({ host, port }: Destination, address: string | null = null) {
    super(`this server makes no requests to ${host} port ${port}${address === null || address === host ? '' : ` at ${address}`}`);
  }
}

/** Link-local addresses: where clouds tell a machine its secrets. */
const linkLocal = new BlockList();
linkLocal.addSubnet('169.254.0.0', 16, 'ipv4');
linkLocal.addSubnet('fe80::', 10, 'ipv6');
linkLocal.addAddress('fd00:ec2::254', 'ipv6');

/**
 * Where requests may go. It is asked before each hop, for what the URL says, and again for the addresses a name stands
 * for, of which a connection then takes one: a name cannot change its address in between.
 */
export class OutboundPolicy {
  readonly #allow: DestinationRules;
  readonly #deny: DestinationRules;

  /** @throws RangeError for a rule that is none */
  constructor({ allow, deny }: OutboundRules = {}) {
    this.#allow = new DestinationRules(allow ?? []);
    this.#deny = new DestinationRules(deny ?? []);
  }

  /**
   * Checks what the URL says. Of a name only that is known until it is looked up.
   * @param isResolvedHere false when a proxy looks the name up: then it has to be allowed as a name
   * @throws DestinationRefused
   */
  checkUrl(destination: Destination, isResolvedHere: boolean): void {
    if (isIP(destination.host) !== 0) {
      this.#checkAddress(destination, destination.host);
      return;
    }
    const isAllowed = isResolvedHere || this.#allow.isEmpty || this.#allow.matchesName(destination);
    if (!isAllowed || this.#deny.matchesName(destination)) throw new DestinationRefused(destination);
  }

  /** Looks a name up and leaves only the addresses that are allowed. */
  lookup(port: number): LookupFunction {
    return (host, options, callback) => {
      systemLookup(host, { ...options, all: true }, (error, found: LookupAddress[]) => {
        if (error) {
          callback(error, '');
          return;
        }
        const allowed = found.filter(({ address }) => this.#refuses({ host, port }, address) === null);
        const [first] = allowed;
        if (!first) callback(new DestinationRefused({ host, port }, found[0]?.address ?? null), '');
        else if (options.all) callback(null, allowed);
        else callback(null, first.address, first.family);
      });
    };
  }

  #checkAddress(destination: Destination, address: string): void {
    const refusal = this.#refuses(destination, address);
    if (refusal) throw refusal;
  }

  #refuses(destination: Destination, address: string): DestinationRefused | null {
    const { port } = destination;
    const isNamed = this.#allow.matchesAddress(address, port);
    const isAllowed = isNamed || this.#allow.isEmpty || this.#allow.matchesName(destination);
    const isDenied = this.#deny.matchesName(destination) || this.#deny.matchesAddress(address, port);
    const isSecretive = !isNamed && addressForms(address).some((form) => contains(linkLocal, form));
    return isAllowed && !isDenied && !isSecretive ? null : new DestinationRefused(destination, address);
  }
}
