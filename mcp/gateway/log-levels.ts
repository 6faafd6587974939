import { type LogLevel, logLevels } from './call.js';
import type { Session } from './caller/session.js';
import type { UpstreamInstance } from './upstream/instance.js';

/** Sets at each upstream the most talkative level that anybody wants. */
export class LogLevels {
  readonly #set = new WeakMap<UpstreamInstance, LogLevel>();
  /** Levels of calls under way that have no session, with how many want each. */
  readonly #transient = new Map<LogLevel, number>();

  /** The most talkative level wanted; null when nobody wants any. */
  wanted(sessions: Iterable<Session>): LogLevel | null {
    const levels = new Set<LogLevel>(this.#transient.keys());
    for (const { logLevel } of sessions) if (logLevel !== null) levels.add(logLevel);
    return logLevels.find((level) => levels.has(level)) ?? null;
  }

  /** Tells an upstream that has a log, unless it knows. Resolves when it has answered. */
  async apply(instance: UpstreamInstance, level: LogLevel | null): Promise<void> {
    if (level === null || instance.isModern || !instance.has('logging') || this.#set.get(instance) === level) return;
    this.#set.set(instance, level);
    await instance.ask('logging/setLevel', JSON.stringify({ level }));
  }

  /** The upstream has a new session, which knows nothing. */
  forget(instance: UpstreamInstance): void {
    this.#set.delete(instance);
  }

  /** A call without a session wants this level as long as it lasts. */
  hold(level: LogLevel): () => void {
    this.#transient.set(level, (this.#transient.get(level) ?? 0) + 1);
    return () => {
      const left = (this.#transient.get(level) ?? 1) - 1;
      if (left === 0) this.#transient.delete(level);
      else this.#transient.set(level, left);
    };
  }
}
