import { type Limits, longestTimerMs } from '@exec-server/protocol';
import { pause } from '../pause.js';
import { joinObject, splitObject } from '../wire/json-text.js';
import { errorCodes } from '../wire/message.js';
import type { Outcome } from './peer.js';

export interface ChangeStreamOptions {
  /** Sends `subscriptions/listen` and resolves when the stream has ended. Never rejects. */
  readonly ask: (params: string, timeoutMs: number, signal: AbortSignal) => Promise<Outcome>;
  readonly limits: Limits;
  /** Told once in a row of failures, with the error as JSON text. */
  readonly onFailed: (error: string) => void;
}

/** The stream on which a modern upstream tells of changes. It is opened again when it ends, and when the wish has changed. */
export class ChangeStream {
  readonly #options: ChangeStreamOptions;
  #current: AbortController | null = null;

  constructor(options: ChangeStreamOptions) {
    this.#options = options;
  }

  /** Listens to the lists and to these resources, in place of what was listened to before. */
  listen(uris: readonly string[]): void {
    const earlier = this.#current;
    this.#current = new AbortController();
    void this.#follow(uris, this.#current.signal);
    earlier?.abort(new Error('replaced'));
  }

  close(): void {
    this.#current?.abort(new Error('closed'));
  }

  async #follow(uris: readonly string[], signal: AbortSignal): Promise<void> {
    const { ask, limits, onFailed } = this.#options;
    const filter = joinObject([
      ['toolsListChanged', 'true'],
      ['promptsListChanged', 'true'],
      ['resourcesListChanged', 'true'],
      ['resourceSubscriptions', JSON.stringify(uris)],
    ]);
    let delayMs = limits.mcpRestartDelayMs;
    for (let failures = 0; ;) {
      const startedMs = performance.now();
      const outcome = await ask(joinObject([['notifications', filter]]), longestTimerMs, signal);
      if (signal.aborted) return;
      if (performance.now() - startedMs >= limits.mcpRestartMaxDelayMs) [failures, delayMs] = [0, limits.mcpRestartDelayMs];
      if ('error' in outcome) {
        if (failures++ === 0) onFailed(outcome.error);
        const code = Number(splitObject(outcome.error).get('code'));
        if (code === errorCodes.methodNotFound || code === errorCodes.invalidParams) return; // it has no such stream
      }
      try {
        await pause(delayMs, signal);
      } catch {
        return; // closed meanwhile
      }
      delayMs = Math.min(delayMs * 2, limits.mcpRestartMaxDelayMs);
    }
  }
}
