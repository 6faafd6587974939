import type { Limits } from '@exec-server/protocol';
import { ContentFrames } from '../content-frames.js';
import type { Counters } from '../telemetry/metrics.js';
import { ByteBudget } from './byte-budget.js';
import { HeaderVariables } from './header-variables.js';
import { OutboundPolicy, type OutboundRules } from './outbound-policy.js';
import { ProxySettings } from './proxy-settings.js';
import { Router } from './router.js';
import { TrustStore } from './trust-store.js';

export interface HttpHostOptions {
  readonly limits: Limits;
  readonly counters: Counters;
  /** Variables of the server: proxies, certificates, and values for headers. */
  readonly environment: ReadonlyMap<string, string>;
  /** Where requests may go. */
  readonly outbound?: OutboundRules | undefined;
  /** Variables whose values may be put into headers; null for all but known secrets. */
  readonly headerVariables?: readonly string[] | null | undefined;
}

/** What the outgoing requests of all connections share. */
export class HttpHost {
  readonly limits: Limits;
  readonly counters: Counters;
  readonly router: Router;
  readonly headerVariables: HeaderVariables;
  /** Bodies that are answered as a whole. */
  readonly bufferedBodies: ByteBudget;
  /** For notifications with pieces of bodies. */
  readonly frames = new ContentFrames();
  /** Exchanges that are not over. */
  live = 0;

  constructor({ limits, counters, environment, outbound, headerVariables }: HttpHostOptions) {
    this.limits = limits;
    this.counters = counters;
    this.headerVariables = new HeaderVariables(environment, headerVariables ?? null);
    this.bufferedBodies = new ByteBudget(limits.httpBufferedBytesPerServer);
    this.router = new Router({
      policy: new OutboundPolicy(outbound),
      proxies: new ProxySettings(environment),
      trust: new TrustStore(environment),
    });
  }
}
