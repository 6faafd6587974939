import { randomBytes } from 'node:crypto';
import type { Limits } from '@exec-server/protocol';
import type { GatewayLog } from '../gateway-log.js';
import { Session, type SessionOptions } from './session.js';

export interface SessionsOptions {
  readonly limits: Limits;
  readonly log: GatewayLog;
  readonly onEnded: (session: Session) => void;
}

/** The sessions of callers. Idle ones end by themselves. */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #sessions = new Map<string, Session>();
  #sweeper: NodeJS.Timeout | null = null;
  #dropsOfEnded = 0;
  /** Sessions ever opened. */
  opened = 0;

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#sessions.size;
  }

  get all(): IterableIterator<Session> {
    return this.#sessions.values();
  }

  /** Messages for sessions that had to be dropped. */
  get queueDrops(): number {
    let drops = this.#dropsOfEnded;
    for (const { queueDrops } of this.#sessions.values()) drops += queueDrops;
    return drops;
  }

  /** Null when there are too many. */
  open(options: Omit<SessionOptions, 'id' | 'limits'>): Session | null {
    const { limits } = this.#options;
    if (this.#sessions.size >= limits.mcpSessions) return null;
    const session = new Session({ ...options, id: randomBytes(24).toString('base64url'), limits });
    this.#sessions.set(session.sessionId, session);
    this.opened++;
    this.#sweeper ??= setInterval(() => this.#sweep(), Math.min(limits.mcpSessionIdleMs, 60_000)).unref();
    return session;
  }

  /** The session, if this principal opened it. */
  find(id: string, principal: string | null): Session | null {
    const session = this.#sessions.get(id);
    return session && session.principal === principal ? session : null;
  }

  end(session: Session): void {
    if (!this.#sessions.delete(session.sessionId)) return;
    session.close();
    this.#dropsOfEnded += session.queueDrops;
    this.#options.onEnded(session);
  }

  close(): void {
    if (this.#sweeper) clearInterval(this.#sweeper);
    for (const session of [...this.#sessions.values()]) this.end(session);
  }

  #sweep(): void {
    for (const session of [...this.#sessions.values()]) {
      if (session.idleMs() < this.#options.limits.mcpSessionIdleMs) continue;
      this.#options.log.info({ sessions: this.#sessions.size }, 'a session has ended because it was not used');
      this.end(session);
    }
  }
}
