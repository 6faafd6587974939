import type { Limits } from '@exec-server/protocol';
import type { Logger } from '../telemetry/logger.js';
import type { Counters } from '../telemetry/metrics.js';

export interface HttpHostOptions {
  readonly limits: Limits;
  readonly counters: Counters;
  readonly logger: Logger;
  /** Variables of the server. */
  readonly environment: ReadonlyMap<string, string>;
}

/** What the outgoing requests of all connections share. */
export class HttpHost {
  readonly options: HttpHostOptions;

  constructor(options: HttpHostOptions) {
    this.options = options;
  }
}
