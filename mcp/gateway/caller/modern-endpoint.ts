import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Limits } from '@exec-server/protocol';
import type { Relay } from '../relay.js';
import { metaKeys, modernRevision } from '../revisions.js';
import type { Subscriptions } from '../subscriptions.js';
import type { Outcome } from '../upstream/peer.js';
import type { Upstreams } from '../upstream/upstreams.js';
import { sendEmpty, sendJson } from '../wire/http-body.js';
import { editObject, joinObject, kindOf, splitArray, splitObject, stringOf } from '../wire/json-text.js';
import { readAccept } from '../wire/media-types.js';
import { type CallMessage, errorCodes, errorText, type RawMessage, writeError } from '../wire/message.js';
import { EventConnection } from './event-connection.js';
import { Listener } from './listeners.js';
import { ModernCall, ModernCaller } from './modern-call.js';
import { checkModern, type Envelope } from './modern-checks.js';
import { ModernExchange } from './modern-exchange.js';
import { digestRequest, ParkedCalls } from './parked-calls.js';

export interface ModernEndpointOptions {
  readonly relay: Relay;
  readonly upstreams: Upstreams;
  readonly subscriptions: Subscriptions;
  /** What the gateway calls itself, as JSON text. */
  readonly serverInfo: string;
  readonly limits: Limits;
}

const capabilities = joinObject([
  ['tools', '{"listChanged":true}'],
  ['resources', '{"subscribe":true,"listChanged":true}'],
  ['prompts', '{"listChanged":true}'],
  ['logging', '{}'],
  ['completions', '{}'],
]);

/** Results that say how long they hold. */
const cacheable = new Set([
  'server/discover',
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'resources/read',
]);

/** Callers without handshake and session: revision 2026-07-28. */
export class ModernEndpoint {
  readonly #options: ModernEndpointOptions;
  readonly #parked: ParkedCalls;
  readonly #calls = new Set<ModernCall>();
  readonly #listeners = new Set<Listener>();
  #count = 0;
  #isClosed = false;

  constructor(options: ModernEndpointOptions) {
    this.#options = options;
    this.#parked = new ParkedCalls(options.limits);
  }

  get listeners(): Iterable<Listener> {
    return this.#listeners;
  }

  /** A message of a caller. */
  post(request: IncomingMessage, response: ServerResponse, message: RawMessage, principal: string | null): void {
    if (message.kind !== 'request' || message.id === null) return sendEmpty(response, 202);
    const { upstreams, limits } = this.#options;
    const { id } = message;
    const checked = checkModern(request.headers, message, {
      definitionOf: (tool) => upstreams.tools.find(tool)?.text,
      maxLength: limits.mcpClientDescriptionBytes,
    });
    if ('error' in checked) return sendJson(response, checked.status, writeError(id, checked.error));
    const caller = new ModernCaller(`modern-${++this.#count}`, checked);
    if (message.method === 'subscriptions/listen') void this.#listen(request, response, { ...message, id }, caller);
    else this.#call(request, response, { message: { ...message, id }, caller, principal, envelope: checked });
  }

  /** Ends subscriptions with a last word, and cancels everything else. */
  close(): void {
    this.#isClosed = true;
    for (const listener of [...this.#listeners]) listener.finish();
    this.#parked.close();
    for (const call of [...this.#calls]) call.cancel('the gateway is closing');
  }

  inspect() {
    return { calls: this.#calls.size, parked: this.#parked.size, listeners: this.#listeners.size };
  }

  #call(
    request: IncomingMessage,
    response: ServerResponse,
    {
      message,
      caller,
      principal,
    }: { message: CallMessage & { readonly id: string }; caller: ModernCaller; principal: string | null; envelope: Envelope },
  ): void {
    const { relay, limits } = this.#options;
    const params = message.params ?? '{}';
    const digest = digestRequest(principal, message.method, params);
    const members = splitObject(params);
    const state = stringOf(members.get('requestState'));
    const isOurs = state !== undefined && this.#parked.knows(state);
    const parked = isOurs ? this.#parked.take(state, digest) : null;
    if (isOurs && !parked) {
      const error = errorText(
        errorCodes.invalidParams,
        'the `requestState` is unknown, was used before, is too old, or belongs to another request',
      );
      return sendJson(response, 400, writeError(message.id, error));
    }
    const call =
      parked ??
      new ModernCall({
        caller,
        dress: (outcome) => dress(message.method, outcome),
        park: (parking) => this.#parked.park(parking, digest),
        onOver: () => this.#calls.delete(call),
      });
    const accepted = readAccept(request.headers);
    const exchange = new ModernExchange({
      response,
      accepted,
      id: message.id,
      limits,
      onClosed: () => call.cancel('the client has closed the stream'),
    });
    if (parked) {
      parked.answer(members.get('inputResponses') ?? '{}');
      parked.attach(exchange);
      return;
    }
    this.#calls.add(call);
    call.attach(exchange);
    const outcome = message.method === 'server/discover' ? Promise.resolve(this.#discover()) : relay.handle(call, message);
    void outcome.then((settled) => call.finish(settled));
  }

  #discover(): Outcome {
    const { serverInfo, relay } = this.#options;
    const instructions = relay.instructions();
    return {
      result: joinObject([
        ['resultType', '"complete"'],
        ['supportedVersions', JSON.stringify([modernRevision])],
        ['capabilities', capabilities],
        ...(instructions === null ? [] : [['instructions', JSON.stringify(instructions)] as [string, string]]),
        ['_meta', joinObject([[metaKeys.serverInfo, serverInfo]])],
      ]),
    };
  }

  async #listen(
    request: IncomingMessage,
    response: ServerResponse,
    { id, params }: CallMessage & { readonly id: string },
    caller: ModernCaller,
  ): Promise<void> {
    const { subscriptions, limits } = this.#options;
    const wanted = params === null ? undefined : splitObject(params).get('notifications');
    if (wanted === undefined || kindOf(wanted) !== 'object')
      return sendJson(response, 400, writeError(id, errorText(errorCodes.invalidParams, '`notifications` must be an object')));
    if (!readAccept(request.headers).eventStream)
      return sendJson(
        response,
        406,
        writeError(id, errorText(errorCodes.invalidRequest, 'this is an event stream: accept text/event-stream')),
      );
    if (this.#listeners.size >= limits.mcpSessions)
      return sendJson(response, 503, writeError(id, errorText(errorCodes.serverError, 'busy: too many streams listen for changes')));
    const filter = splitObject(wanted);
    const kinds = (['tools', 'prompts', 'resources'] as const).filter((kind) => filter.get(`${kind}ListChanged`)?.trim() === 'true');
    const uris = await this.#subscribe(caller, filter.get('resourceSubscriptions'));
    if (response.destroyed) return void subscriptions.removeAll(caller.key);
    const connection = new EventConnection(response, limits, () => {
      this.#listeners.delete(listener);
      void subscriptions.removeAll(caller.key);
    });
    const listener: Listener = new Listener(caller.key, id, connection, { kinds, uris });
    this.#listeners.add(listener);
    if (this.#isClosed) listener.finish();
  }

  /** The resources that could be subscribed to. */
  async #subscribe(caller: ModernCaller, list: string | undefined): Promise<string[]> {
    if (list === undefined || kindOf(list) !== 'array') return [];
    const call = new ModernCall({ caller, dress: (outcome) => outcome, park: () => null, onOver: () => undefined });
    const honoured: string[] = [];
    for (const entry of splitArray(list).slice(0, this.#options.limits.mcpPageEntries)) {
      const uri = stringOf(entry);
      if (uri !== undefined && 'result' in (await this.#options.relay.subscribe(call, uri))) honoured.push(uri);
    }
    return honoured;
  }
}

/** Adds what every modern result says, where an upstream of the old era did not. */
function dress(method: string, outcome: Outcome): Outcome {
  if ('error' in outcome) {
    const code = splitObject(outcome.error).get('code');
    const isNotFound = Number(code) === errorCodes.resourceNotFound;
    return isNotFound ? { error: editObject(outcome.error, { code: String(errorCodes.invalidParams) }) } : outcome;
  }
  if (kindOf(outcome.result) !== 'object') return outcome;
  const members = splitObject(outcome.result);
  const added: Record<string, string> = {};
  if (!members.has('resultType')) added['resultType'] = '"complete"';
  const isComplete = (stringOf(members.get('resultType')) ?? 'complete') === 'complete';
  if (cacheable.has(method) && isComplete) {
    if (!members.has('ttlMs')) added['ttlMs'] = '0';
    if (!members.has('cacheScope')) added['cacheScope'] = '"private"';
  }
  return Object.keys(added).length === 0 ? outcome : { result: editObject(outcome.result, added) };
}
