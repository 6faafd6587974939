import type { HttpHost } from './http-host.js';

/** What an exchange needs of the connection that asked for it. */
export interface ExchangePeer {
  /** More is waiting for the network than should be. */
  readonly isCongested: boolean;
  /** Sends one finished message. */
  notify(frame: string | Uint8Array): void;
}

/** The HTTP exchanges of one connection. */
export class Exchanges {
  readonly host: HttpHost;
  readonly peer: ExchangePeer;

  constructor(host: HttpHost, peer: ExchangePeer) {
    this.host = host;
    this.peer = peer;
  }

  /** The connection has room again. */
  drained(): void {
    return;
  }

  /** Ends all of them. */
  close(): void {
    return;
  }

  inspect(): readonly string[] {
    return [];
  }
}
