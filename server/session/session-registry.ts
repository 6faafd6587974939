import { randomUUID } from 'node:crypto';
import { type Limits, RpcError } from '@exec-server/protocol';
import type { ProcessHost } from '../process/process-host.js';
import type { Logger } from '../telemetry/logger.js';
import type { Counters } from '../telemetry/metrics.js';
import type { Attachment } from './attachment.js';
import { Session } from './session.js';

export interface SessionRegistryOptions {
  readonly host: ProcessHost;
  readonly limits: Limits;
  readonly counters: Counters;
  readonly logger: Logger;
}

/** All sessions of a server: opens them, gives them to connections, ends those nobody comes back for. */
export class SessionRegistry {
  readonly #options: SessionRegistryOptions;
  readonly #sessions = new Map<string, Session>();
  /** Detached sessions with their expiry, the longest detached first. */
  readonly #detached = new Map<Session, NodeJS.Timeout>();

  constructor(options: SessionRegistryOptions) {
    this.#options = options;
  }

  get attachedCount(): number {
    return this.#sessions.size - this.#detached.size;
  }

  get detachedCount(): number {
    return this.#detached.size;
  }

  sessions(): IterableIterator<Session> {
    return this.#sessions.values();
  }

  /**
   * Opens a session for the connection.
   * @throws RpcError `limitExceeded`
   */
  open(attachment: Attachment): Session {
    this.#makeRoom();
    const session = new Session(randomUUID(), attachment.principal, this.#options.host);
    this.#sessions.set(session.id, session);
    this.#options.counters.sessionsOpened++;
    session.attach(attachment);
    return session;
  }

  /**
   * Gives a detached session to the connection. One that is attached is given away only when its connection has missed
   * a ping; otherwise that connection is asked for a sign of life, so that a dead one is found out soon.
   * @throws RpcError `unknownSession`, `sessionAttached`
   */
  resume(sessionId: string, attachment: Attachment): Session {
    const session = this.#sessions.get(sessionId);
    if (!session || session.principal !== attachment.principal) throw new RpcError('unknownSession', `unknown session id ${sessionId}`);
    if (session.attachment?.isResponsive) {
      session.attachment.probe();
      throw new RpcError('sessionAttached', `session ${sessionId} is already attached to another connection`);
    }
    this.#stopExpiry(session);
    this.#options.counters.sessionsResumed++;
    session.attach(attachment);
    return session;
  }

  /** The connection is gone. Its session lives on for a while. */
  detach(session: Session, attachment: Attachment): void {
    if (!session.detach(attachment)) return;
    const expiry = setTimeout(() => this.#expire(session), this.#options.limits.detachedSessionMs);
    expiry.unref();
    this.#detached.set(session, expiry);
  }

  /** Ends a session and returns how many processes were alive. */
  end(session: Session): number {
    this.#stopExpiry(session);
    this.#sessions.delete(session.id);
    return session.end(new RpcError('sessionEnded', 'the session has ended'));
  }

  /** Ends all sessions. */
  close(): void {
    for (const session of [...this.#sessions.values()]) this.end(session);
  }

  #expire(session: Session): void {
    const terminated = this.end(session);
    this.#options.counters.sessionsExpired++;
    this.#options.logger.info({ terminated, detachedMs: this.#options.limits.detachedSessionMs }, 'session expired');
  }

  #stopExpiry(session: Session): void {
    clearTimeout(this.#detached.get(session));
    this.#detached.delete(session);
  }

  #makeRoom(): void {
    const { maxSessions } = this.#options.limits;
    if (this.#sessions.size < maxSessions) return;
    for (const session of this.#detached.keys()) {
      if (!session.processes.isEmpty) continue;
      this.end(session);
      return;
    }
    throw new RpcError('limitExceeded', `too many sessions: at most ${maxSessions} on this server`);
  }
}
