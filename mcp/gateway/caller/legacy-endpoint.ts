import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Limits } from '@exec-server/protocol';
import { readCapabilities } from '../call.js';
import type { GatewayLog } from '../gateway-log.js';
import type { Relay } from '../relay.js';
import { callerRevisions, newestLegacyRevision } from '../revisions.js';
import { sendEmpty, sendJson } from '../wire/http-body.js';
import { joinObject, kindOf, splitObject, stringOf } from '../wire/json-text.js';
import { readAccept } from '../wire/media-types.js';
import { type CallMessage, errorCodes, errorText, idKey, type RawMessage, writeError, writeResult } from '../wire/message.js';
import { EventConnection } from './event-connection.js';
import { LegacyExchange } from './legacy-exchange.js';
import type { Session } from './session.js';
import type { Sessions } from './sessions.js';

export interface LegacyEndpointOptions {
  readonly sessions: Sessions;
  readonly relay: Relay;
  /** What the gateway calls itself, as JSON text. */
  readonly serverInfo: string;
  readonly limits: Limits;
  readonly log: GatewayLog;
}

/** What the gateway offers to sessions: upstreams may come that need it. */
const capabilities = joinObject([
  ['tools', '{"listChanged":true}'],
  ['resources', '{"subscribe":true,"listChanged":true}'],
  ['prompts', '{"listChanged":true}'],
  ['logging', '{}'],
  ['completions', '{}'],
]);

/** Callers with a handshake and a session: revisions 2025-03-26 to 2025-11-25. */
export class LegacyEndpoint {
  readonly #options: LegacyEndpointOptions;

  constructor(options: LegacyEndpointOptions) {
    this.#options = options;
  }

  /** A message of a caller. */
  post(request: IncomingMessage, response: ServerResponse, message: RawMessage, principal: string | null): void {
    const id = message.kind === 'notification' ? null : message.id;
    const refuse = (status: number, code: number, text: string): void =>
      sendJson(response, status, writeError(id ?? 'null', errorText(code, text)));
    const unsupported = findUnsupported(request);
    if (unsupported !== null) return refuse(400, errorCodes.invalidRequest, unsupported);
    const sessionId = request.headers['mcp-session-id'];
    if (message.kind === 'request' && message.method === 'initialize' && sessionId === undefined)
      return this.#initialize(request, response, message, principal);
    if (sessionId === undefined)
      return refuse(400, errorCodes.invalidRequest, 'the header Mcp-Session-Id is missing: send initialize first');
    const session = this.#find(sessionId, principal);
    if (!session) return refuse(404, errorCodes.invalidRequest, 'there is no such session');
    session.used();
    if (message.kind === 'response') {
      if (!session.answered(message)) this.#options.log.debug({ id: message.id.slice(0, 64) }, 'a caller has answered what was not asked');
      return sendEmpty(response, 202);
    }
    if (message.kind === 'notification') {
      this.#notified(session, message);
      return sendEmpty(response, 202);
    }
    return this.#request(request, response, session, message);
  }

  /** Opens the stream for messages that belong to no call, or takes up any stream that broke. */
  get(request: IncomingMessage, response: ServerResponse, principal: string | null): void {
    const refuse = (status: number, text: string): void =>
      sendJson(response, status, writeError('null', errorText(errorCodes.invalidRequest, text)));
    const unsupported = findUnsupported(request);
    if (unsupported !== null) return refuse(400, unsupported);
    if (!readAccept(request.headers).eventStream) return refuse(406, 'this is an event stream: accept text/event-stream');
    const sessionId = request.headers['mcp-session-id'];
    if (sessionId === undefined) return refuse(400, 'the header Mcp-Session-Id is missing');
    const session = this.#find(sessionId, principal);
    if (!session) return refuse(404, 'there is no such session');
    const { limits, log } = this.#options;
    session.used();
    const connect = (): EventConnection => new EventConnection(response, limits, () => session.used());
    const lastEventId = request.headers['last-event-id'];
    if (lastEventId === undefined) return session.listen(connect(), null);
    if (session.resume(String(lastEventId), connect)) return undefined;
    log.info({ event: String(lastEventId).slice(0, 64) }, 'a caller wants to go on after an event that is unknown, or too old');
    return refuse(400, 'what followed on this event is not known any more');
  }

  /** Ends a session. */
  delete(request: IncomingMessage, response: ServerResponse, principal: string | null): void {
    const sessionId = request.headers['mcp-session-id'];
    const refuse = (status: number, text: string): void =>
      sendJson(response, status, writeError('null', errorText(errorCodes.invalidRequest, text)));
    const unsupported = findUnsupported(request);
    if (unsupported !== null) return refuse(400, unsupported);
    if (sessionId === undefined) return refuse(400, 'the header Mcp-Session-Id is missing');
    const session = this.#find(sessionId, principal);
    if (!session) return refuse(404, 'there is no such session');
    this.#options.sessions.end(session);
    sendEmpty(response, 200);
  }

  #find(sessionId: string | readonly string[], principal: string | null): Session | null {
    return typeof sessionId === 'string' ? this.#options.sessions.find(sessionId, principal) : null;
  }

  #initialize(request: IncomingMessage, response: ServerResponse, message: CallMessage, principal: string | null): void {
    const { sessions, relay, serverInfo, limits } = this.#options;
    const id = message.id ?? 'null';
    const members = message.params === null ? new Map<string, string>() : splitObject(message.params);
    const wanted = stringOf(members.get('protocolVersion'));
    const declared = members.get('capabilities') ?? 'null';
    const clientInfo = members.get('clientInfo') ?? 'null';
    const problem = findProblem(wanted, declared, clientInfo, limits.mcpClientDescriptionBytes);
    if (problem !== null) return sendJson(response, 400, writeError(id, errorText(errorCodes.invalidParams, problem)));
    const revision = callerRevisions.find((known) => known === wanted) ?? newestLegacyRevision;
    const session = sessions.open({ principal, revision, capabilities: readCapabilities(declared), clientInfo });
    if (!session)
      return sendJson(
        response,
        503,
        writeError(id, errorText(errorCodes.serverError, `there are ${limits.mcpSessions} sessions already: try again later`)),
      );
    const instructions = relay.instructions();
    const result = joinObject([
      ['protocolVersion', JSON.stringify(revision)],
      ['capabilities', capabilities],
      ['serverInfo', serverInfo],
      ...(instructions === null ? [] : [['instructions', JSON.stringify(instructions)] as [string, string]]),
    ]);
    const text = writeResult(id, result);
    const headers = { 'mcp-session-id': session.sessionId };
    if (readAccept(request.headers).json) return sendJson(response, 200, text, headers);
    const connection = new EventConnection(response, limits, () => undefined, headers);
    connection.send(text, null);
    connection.end();
  }

  #request(request: IncomingMessage, response: ServerResponse, session: Session, message: CallMessage): void {
    const { limits, relay } = this.#options;
    const id = message.id ?? 'null';
    const key = idKey(id);
    const accepted = readAccept(request.headers);
    const exchange = new LegacyExchange({ response, accepted, session, id, limits });
    if (message.method === 'initialize')
      return exchange.finish({ error: errorText(errorCodes.invalidRequest, 'the session is initialized already') });
    if (session.calls.has(key))
      return exchange.finish({ error: errorText(errorCodes.invalidRequest, `a request with the id ${id.slice(0, 64)} is under way`) });
    if (session.calls.size >= limits.mcpCallsPerSession && message.method !== 'ping')
      return exchange.finish({
        error: errorText(errorCodes.serverError, `busy: the session has ${limits.mcpCallsPerSession} calls under way`),
      });
    session.calls.set(key, exchange);
    void relay.handle(exchange, message).then((outcome) => {
      session.calls.delete(key);
      session.used();
      exchange.finish(outcome);
    });
  }

  #notified(session: Session, { method, params }: CallMessage): void {
    if (method === 'notifications/cancelled' && params !== null) {
      const members = splitObject(params);
      const requestId = members.get('requestId');
      const kind = requestId === undefined ? 'null' : kindOf(requestId);
      if (requestId === undefined || (kind !== 'string' && kind !== 'number')) return;
      session.calls.get(idKey(requestId))?.cancel(stringOf(members.get('reason')) ?? 'cancelled by the client');
    } else if (method === 'notifications/roots/list_changed') this.#options.relay.rootsChanged(session);
  }
}

/** What is wrong with the revision a request is said to be of; null when nothing is. Without one that of the session holds. */
function findUnsupported({ headers }: IncomingMessage): string | null {
  const version = headers['mcp-protocol-version'];
  if (version === undefined || callerRevisions.some((revision) => revision === version)) return null;
  return `protocol revision ${String(version).slice(0, 64)} is not supported; these are: ${callerRevisions.join(', ')}`;
}

/** What is wrong with the params of `initialize`; null when nothing is. */
function findProblem(wanted: string | undefined, declared: string, clientInfo: string, maxLength: number): string | null {
  if (wanted === undefined) return '`protocolVersion` must be a string';
  if (kindOf(declared) !== 'object') return '`capabilities` must be an object';
  if (kindOf(clientInfo) !== 'object') return '`clientInfo` must be an object';
  return declared.length + clientInfo.length > maxLength ? `capabilities and clientInfo are larger than ${maxLength} characters` : null;
}
