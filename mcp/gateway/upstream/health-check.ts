import type { Limits } from '@exec-server/protocol';
import type { UpstreamInstance } from './instance.js';

/**
 * Asks an idle upstream for a sign of life now and then; two misses in a row are a crash. One with a call under way is not
 * asked: it may well be busy, and the call has its own time. Whoever starts it stops it.
 */
export class HealthCheck {
  readonly #instance: UpstreamInstance;
  readonly #limits: Limits;
  readonly #timer: NodeJS.Timeout;
  #misses = 0;
  #isAsking = false;

  constructor(instance: UpstreamInstance, limits: Limits) {
    this.#instance = instance;
    this.#limits = limits;
    this.#timer = setInterval(() => void this.#look(), limits.mcpPingIntervalMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const { peer, isModern, config } = this.#instance;
    const { mcpPingIntervalMs, mcpPingTimeoutMs } = this.#limits;
    if (this.#isAsking || isModern || peer.requestsInFlight > 0 || peer.silenceMs < mcpPingIntervalMs) return;
    this.#isAsking = true;
    const outcome = await this.#instance.ask('ping', null, mcpPingTimeoutMs);
    this.#isAsking = false;
    const isSilent = 'error' in outcome && peer.silenceMs >= mcpPingTimeoutMs;
    this.#misses = isSilent ? this.#misses + 1 : 0;
    if (this.#misses >= 2) this.#instance.abandon(new Error(`upstream ${config.name} gives no sign of life`));
  }
}
