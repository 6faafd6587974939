import { setMaxListeners } from 'node:events';
import type { Call, Caller, CallerCapabilities, LogLevel } from '../call.js';
import type { Outcome } from '../upstream/peer.js';
import { joinObject, kindOf, splitObject } from '../wire/json-text.js';
import { errorCodes, errorText, writeError, writeResult } from '../wire/message.js';
import type { Envelope } from './modern-checks.js';
import type { ModernExchange } from './modern-exchange.js';

/** A modern request as the caller of its call. */
export class ModernCaller implements Caller {
  readonly era = 'modern';
  readonly sessionId = null;
  readonly lasting = null;
  readonly key: string;
  readonly capabilities: CallerCapabilities;
  readonly logLevel: LogLevel | null;

  /** @param key unique among all callers */
  constructor(key: string, { capabilities, logLevel }: Envelope) {
    this.key = key;
    this.capabilities = capabilities;
    this.logLevel = logLevel;
  }
}

/** Questions of one call that wait for answers. */
const mostQuestions = 256;

interface Question {
  readonly method: string;
  readonly params: string | null;
  readonly settle: (outcome: Outcome) => void;
}

export interface ModernCallOptions {
  readonly caller: ModernCaller;
  /** Makes the outcome what this caller expects of a result. */
  readonly dress: (outcome: Outcome) => Outcome;
  /** Keeps the call while its caller finds answers; returns the state that finds it again, or null when too many are kept. */
  readonly park: (call: ModernCall) => string | null;
  readonly onOver: () => void;
}

/**
 * A call over one exchange after another. Nobody can be asked on the way: what an upstream asks ends the exchange with
 * the question as its result, and the caller comes back with the answer.
 */
export class ModernCall implements Call {
  readonly caller: ModernCaller;
  readonly #options: ModernCallOptions;
  readonly #abort = new AbortController();
  readonly #questions = new Map<string, Question>();
  #exchange: ModernExchange | null = null;
  #outcome: Outcome | null = null;
  #nextQuestion = 1;
  #asking: NodeJS.Immediate | null = null;
  #isOver = false;

  constructor(options: ModernCallOptions) {
    setMaxListeners(0, this.#abort.signal); // one for each upstream that is asked
    this.#options = options;
    this.caller = options.caller;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get isHeard(): boolean {
    return this.#exchange !== null;
  }

  notify(text: string): void {
    this.#exchange?.notify(text);
  }

  ask(method: string, params: string | null, signal: AbortSignal): Promise<Outcome> {
    return new Promise((resolve) => {
      const key = `${method.split('/')[0] ?? 'input'}-${this.#nextQuestion++}`;
      const settle = (outcome: Outcome): void => {
        if (!this.#questions.delete(key)) return;
        signal.removeEventListener('abort', takeBack);
        resolve(outcome);
      };
      const takeBack = (): void => settle({ error: errorText(errorCodes.cancelled, 'the server has taken the request back') });
      if (this.#questions.size >= mostQuestions)
        return resolve({ error: errorText(errorCodes.serverError, 'busy: the client has too many requests to answer') });
      if (this.#isOver) return resolve({ error: errorText(errorCodes.serverError, 'the call is over') });
      this.#questions.set(key, { method, params, settle });
      signal.addEventListener('abort', takeBack);
      this.#asking ??= setImmediate(() => this.#askCaller());
    });
  }

  lacksCapability(required: string): void {
    const error = errorText(
      errorCodes.missingCapability,
      'a capability is needed that the request does not declare',
      joinObject([['requiredCapabilities', required]]),
    );
    const exchange = this.#exchange;
    this.#exchange = null;
    exchange?.finish(writeError(exchange.id, error), exchange.isSilent ? 400 : 200);
    this.cancel('the client lacks a capability');
  }

  /** Goes on over this exchange. */
  attach(exchange: ModernExchange): void {
    this.#exchange = exchange;
    if (this.#outcome) this.#deliver();
    else if (this.#questions.size > 0) this.#asking ??= setImmediate(() => this.#askCaller());
  }

  /** Answers to what was asked, by key; what is missing is asked again. @param responses JSON text of an object */
  answer(responses: string): void {
    if (kindOf(responses) !== 'object') return;
    for (const [key, result] of splitObject(responses)) this.#questions.get(key)?.settle({ result });
  }

  finish(outcome: Outcome): void {
    if (this.#isOver) return;
    this.#outcome = outcome;
    if (this.#exchange) this.#deliver(); // otherwise it waits for the caller to come back
  }

  /** Nobody wants the outcome any more. */
  cancel(reason: string): void {
    if (this.#isOver) return;
    this.#end();
    for (const { settle } of this.#questions.values()) settle({ error: errorText(errorCodes.cancelled, reason) });
    this.#abort.abort(new Error(reason));
  }

  #askCaller(): void {
    this.#asking = null;
    const exchange = this.#exchange;
    if (!exchange || this.#questions.size === 0 || this.#isOver) return;
    const state = this.#options.park(this);
    if (state === null) {
      for (const { settle } of this.#questions.values())
        settle({ error: errorText(errorCodes.serverError, 'busy: too many calls wait for input') });
      return;
    }
    const requests = [...this.#questions].map(([key, { method, params }]): [string, string] => [
      key,
      joinObject([['method', JSON.stringify(method)], ...(params === null ? [] : [['params', params] as [string, string]])]),
    ]);
    this.#exchange = null;
    const result = joinObject([
      ['resultType', '"input_required"'],
      ['inputRequests', joinObject(requests)],
      ['requestState', JSON.stringify(state)],
    ]);
    exchange.finish(writeResult(exchange.id, result));
  }

  #deliver(): void {
    const exchange = this.#exchange;
    const outcome = this.#outcome && this.#options.dress(this.#outcome);
    if (!exchange || !outcome) return;
    this.#end();
    this.#exchange = null;
    if ('result' in outcome) return exchange.finish(writeResult(exchange.id, outcome.result));
    const isLacking = Number(splitObject(outcome.error).get('code')) === errorCodes.missingCapability;
    return exchange.finish(writeError(exchange.id, outcome.error), isLacking && exchange.isSilent ? 400 : 200);
  }

  #end(): void {
    this.#isOver = true;
    if (this.#asking) clearImmediate(this.#asking);
    this.#options.onOver();
  }
}
