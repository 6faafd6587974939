import type { FsHost } from './fs-host.js';

/** What watches need of the connection that asked for them. */
export interface WatchPeer {
  /** Sends one finished message. */
  notify(frame: string): void;
}

/** Open files and watches of one connection. */
export class ConnectionFiles {
  readonly host: FsHost;
  readonly peer: WatchPeer;

  constructor(host: FsHost, peer: WatchPeer) {
    this.host = host;
    this.peer = peer;
  }

  /** Ends all of them. */
  close(): void {
    return;
  }

  inspect(): readonly string[] {
    return [];
  }
}
