import type { RpcError } from '@exec-server/protocol';
import type { Session } from './session.js';

/** The connection's side of a session: what a session may ask of the connection that holds it. */
export interface Attachment {
  /** Who is at the other end; null when the server asks nobody. */
  readonly principal: string | null;
  /** More is waiting for the network than should be. */
  readonly isCongested: boolean;
  /** False after a missed ping. */
  readonly isResponsive: boolean;
  /** Sends one finished message, and calls `sent` when its bytes may be used for something else, if ever. */
  notify(frame: string | Uint8Array, sent?: () => void): void;
  /** Asks the peer for a sign of life. */
  probe(): void;
  /** The session is held from now on. */
  hold(session: Session): void;
  /** The session is gone; requests that wait on it fail with `error`. `isTaken`: another connection has it now. */
  release(error: RpcError, isTaken: boolean): void;
}
