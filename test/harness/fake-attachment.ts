import type { RpcError } from '@exec-server/protocol';
import type { Attachment } from '#server/session/attachment.js';
import type { Session } from '#server/session/session.js';

/** Stands for a connection; the test decides how it does. */
export class FakeAttachment implements Attachment {
  readonly principal: string | null;
  isCongested = false;
  isResponsive = true;
  probes = 0;
  held: Session | null = null;
  /** Why the session was taken away, and whether by another connection; null while it was not. */
  released: { readonly reason: string | undefined; readonly isTaken: boolean } | null = null;
  /** Every frame, parsed. */
  readonly frames: { readonly method: string; readonly params: Readonly<Record<string, unknown>> }[] = [];

  constructor(principal: string | null = null) {
    this.principal = principal;
  }

  notify(frame: string | Uint8Array): void {
    this.frames.push(JSON.parse(typeof frame === 'string' ? frame : Buffer.from(frame).toString('utf8')) as (typeof this.frames)[0]);
  }

  probe(): void {
    this.probes++;
  }

  hold(session: Session): void {
    this.held = session;
  }

  release(error: RpcError, isTaken: boolean): void {
    this.held = null;
    this.released = { reason: error.reason, isTaken };
  }
}
