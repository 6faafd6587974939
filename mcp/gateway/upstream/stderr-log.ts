import type { Limits } from '@exec-server/protocol';
import type { GatewayLog } from '../gateway-log.js';

/** What an upstream says on stderr, line by line into the log, no faster than the log shall grow. */
export class StderrLog {
  readonly #upstream: string;
  readonly #limits: Limits;
  readonly #log: GatewayLog;
  readonly #now: () => number;
  #windowMs = -Infinity;
  #linesInWindow = 0;
  #dropped = 0;

  /** @param now milliseconds of a clock that never goes back */
  constructor(upstream: string, limits: Limits, log: GatewayLog, now: () => number = () => performance.now()) {
    this.#upstream = upstream;
    this.#limits = limits;
    this.#log = log;
    this.#now = now;
  }

  line(line: string): void {
    if (line === '') return;
    const now = this.#now();
    if (now - this.#windowMs >= 1_000) {
      this.end();
      this.#windowMs = now;
      this.#linesInWindow = 0;
    }
    if (++this.#linesInWindow > this.#limits.mcpStderrLinesPerSecond) this.#dropped++;
    else this.#log.info({ upstream: this.#upstream, line }, 'stderr of an upstream');
  }

  /** Nothing follows: tells how much was left out last. */
  end(): void {
    if (this.#dropped > 0)
      this.#log.warn({ upstream: this.#upstream, lines: this.#dropped }, 'lines on stderr of an upstream were not logged');
    this.#dropped = 0;
  }
}
