import { type Call, featureOf, findMissingCapability, passesLevel } from './call.js';
import type { Elicitations } from './elicitations.js';
import type { GatewayLog } from './gateway-log.js';
import type { UpstreamInstance } from './upstream/instance.js';
import type { Outcome } from './upstream/peer.js';
import { splitObject } from './wire/json-text.js';
import { type CallMessage, errorCodes, errorText, idKey } from './wire/message.js';

/** What upstreams ask of callers: finds the caller it concerns, asks, and answers each question exactly once. */
export class UpstreamQuestions {
  readonly #log: GatewayLog;
  readonly #elicitations: Elicitations;
  /** Questions with a caller, by the upstream's id for them. */
  readonly #asked = new Map<UpstreamInstance, Map<string, AbortController>>();

  constructor(log: GatewayLog, elicitations: Elicitations) {
    this.#log = log;
    this.#elicitations = elicitations;
  }

  /** @param owner the call it came for, when the line or the message tells */
  async answer(instance: UpstreamInstance, message: CallMessage & { readonly id: string }, owner: Call | null): Promise<void> {
    const asked = this.#asked.get(instance) ?? new Map<string, AbortController>();
    this.#asked.set(instance, asked);
    const key = idKey(message.id);
    const controller = new AbortController();
    asked.set(key, controller);
    const gone = (): void => controller.abort(new Error('the upstream is gone'));
    instance.peer.over.addEventListener('abort', gone);
    const outcome = await this.#settle(instance, message, owner, controller.signal);
    instance.peer.over.removeEventListener('abort', gone);
    if (asked.get(key) === controller) asked.delete(key);
    if (asked.size === 0) this.#asked.delete(instance);
    instance.peer.respond(message.id, outcome);
  }

  /** The upstream takes a question back. */
  cancel(instance: UpstreamInstance, { params }: CallMessage): void {
    const requestId = params === null ? undefined : splitObject(params).get('requestId');
    if (requestId !== undefined) this.#asked.get(instance)?.get(idKey(requestId))?.abort(new Error('taken back by the upstream'));
  }

  async #settle(instance: UpstreamInstance, { method, params }: CallMessage, owner: Call | null, signal: AbortSignal): Promise<Outcome> {
    if (method === 'ping') return { result: '{}' };
    const kind = featureOf(method);
    if (kind === null) return refuse(`method ${method.slice(0, 128)} is not known to this client`);
    if (!instance.config.serverRequests.includes(kind)) return refuse(`${kind} is not allowed to this server`);
    const nobody: Outcome = kind === 'roots' ? { result: '{"roots":[]}' } : refuse(`there is no client that could serve ${method}`);
    const call = ownerOf(instance, owner);
    if (call === 'several') {
      this.#log.warn({ upstream: instance.config.name, method }, 'a question of an upstream could be for several callers: none is asked');
      return { error: errorText(errorCodes.serverError, `${method} cannot be attributed: several clients have calls here at once`) };
    }
    if (call === null) return nobody;
    const missing = findMissingCapability(call.caller.capabilities, kind, params);
    if (missing === null) {
      if (kind === 'elicitation') this.#elicitations.asked(instance.config.name, params, call);
      return call.ask(method, params, signal);
    }
    if (kind !== 'roots') call.lacksCapability(missing);
    return kind === 'roots' ? nobody : refuse(`the client does not support ${kind}`);
  }
}

/**
 * The call that a message is for: as the line tells, else one of the only caller with calls there, else the session
 * that has the instance for itself.
 */
export function ownerOf(instance: UpstreamInstance, owner: Call | null): Call | 'several' | null {
  return owner ?? soleCall(instance) ?? instance.onlyCaller;
}

/** One of the calls of the only caller with calls there: one whose stream is read, if there is one. */
function soleCall(instance: UpstreamInstance): Call | 'several' | null {
  const calls = instance.peer.owners;
  const first = calls[0];
  if (!first) return null;
  if (calls.some(({ caller }) => caller.key !== first.caller.key)) return 'several';
  return calls.find(({ isHeard }) => isHeard) ?? first;
}

/** The calls that a log message is for: one of each caller, if it wants messages of this level. */
export function callsToTell(instance: UpstreamInstance, level: string | undefined): Call[] {
  const byCaller = new Map<string, Call>();
  for (const call of instance.peer.owners) if (!byCaller.get(call.caller.key)?.isHeard) byCaller.set(call.caller.key, call);
  return [...byCaller.values()].filter(({ caller }) => wantsLevel(caller, level));
}

/** A session that never named a level gets what its calls cause; a caller without a session has to ask. */
export function wantsLevel(caller: Call['caller'], level: string | undefined): boolean {
  return caller.logLevel === null ? caller.era === 'legacy' : passesLevel(level, caller.logLevel);
}

function refuse(message: string): Outcome {
  return { error: errorText(errorCodes.methodNotFound, message) };
}
