import { isJson, joinObject, kindOf, splitObject, stringOf, toOneLine } from './json-text.js';

/** A message with a method: a request when it has an id, a notification otherwise. */
export interface CallMessage {
  readonly kind: 'request' | 'notification';
  /** JSON text of the id, as it came; null for a notification. */
  readonly id: string | null;
  readonly method: string;
  /** JSON text of an object; null when there are none. */
  readonly params: string | null;
}

/** A message without a method: the answer to a request. Result and error are JSON text; one of them is null. */
export interface ResponseMessage {
  readonly kind: 'response';
  readonly id: string;
  readonly result: string | null;
  readonly error: string | null;
}

export type RawMessage = CallMessage | ResponseMessage;

/** What is wrong with a text that is no message, ready to be answered. */
export interface MessageFault {
  readonly kind: 'fault';
  readonly code: -32700 | -32600;
  readonly message: string;
  /** JSON text of the id, as far as it can be told; `null` otherwise. */
  readonly id: string;
  /** It was meant as the answer to the request of this id: JSON-RPC with a result or an error, and no method. */
  readonly isAnswer: boolean;
}

/** Codes of JSON-RPC and of MCP that the gateway answers with. */
export const errorCodes = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internalError: -32603,
  /** The server is busy, or the upstream cannot be reached. */
  serverError: -32000,
  timeout: -32001,
  resourceNotFound: -32002,
  cancelled: -32800,
  headerMismatch: -32020,
  missingCapability: -32021,
  unsupportedRevision: -32022,
} as const;

/** Reads one JSON-RPC message. The spelling of everything in it stays as it came. */
export function readMessage(text: string): RawMessage | MessageFault {
  if (text.trim() === '') return fault(errorCodes.parseError, 'the body is empty');
  let members: Map<string, string>;
  try {
    if (kindOf(text) === 'array' && isJson(text))
      return fault(errorCodes.invalidRequest, 'batches are not supported: send one message at a time');
    if (kindOf(text) !== 'object' && isJson(text)) return fault(errorCodes.invalidRequest, 'a message is a JSON object');
    members = splitObject(text);
  } catch (error) {
    return fault(errorCodes.parseError, `the message is not JSON: ${(error as Error).message}`);
  }
  return fromMembers(members);
}

function fromMembers(members: ReadonlyMap<string, string>): RawMessage | MessageFault {
  const id = members.get('id');
  const idKind = id === undefined ? null : kindOf(id);
  const isJsonRpc = stringOf(members.get('jsonrpc')) === '2.0';
  const isAnswer = isJsonRpc && !members.has('method') && (members.has('result') || members.has('error'));
  const invalid = (message: string): MessageFault =>
    id !== undefined && (idKind === 'string' || idKind === 'number')
      ? fault(errorCodes.invalidRequest, message, id, isAnswer)
      : fault(errorCodes.invalidRequest, message);
  if (!isJsonRpc) return invalid('`jsonrpc` must be "2.0"');
  if (id !== undefined && idKind !== 'string' && idKind !== 'number') {
    if (members.has('error') && !members.has('method') && idKind === 'null') return response('null', members);
    return invalid('`id` must be a string or a number');
  }
  const methodText = members.get('method');
  if (methodText === undefined)
    return id === undefined ? invalid('a message has a `method`, or an `id` with a result') : readResponse(id, members, invalid);
  const method = stringOf(methodText);
  if (method === undefined) return invalid('`method` must be a string');
  const params = members.get('params') ?? null;
  if (params !== null && kindOf(params) !== 'object') return invalid('`params` must be an object');
  return { kind: id === undefined ? 'notification' : 'request', id: id ?? null, method, params };
}

function readResponse(
  id: string,
  members: ReadonlyMap<string, string>,
  invalid: (message: string) => MessageFault,
): RawMessage | MessageFault {
  const error = members.get('error');
  const result = members.get('result');
  // Some write both members always, and null for the one that does not apply.
  if (result !== undefined && error !== undefined) {
    if (kindOf(error) === 'null') return { kind: 'response', id, result, error: null };
    if (kindOf(result) === 'null' && kindOf(error) === 'object') return { kind: 'response', id, result: null, error };
  }
  if ((result === undefined) === (error === undefined)) return invalid('a response has either a `result` or an `error`');
  if (error !== undefined && kindOf(error) !== 'object') return invalid('`error` must be an object');
  return response(id, members);
}

function response(id: string, members: ReadonlyMap<string, string>): ResponseMessage {
  return { kind: 'response', id, result: members.get('result') ?? null, error: members.get('error') ?? null };
}

function fault(code: MessageFault['code'], message: string, id = 'null', isAnswer = false): MessageFault {
  return { kind: 'fault', code, message, id, isAnswer };
}

/** The same for every spelling of one id, and different for `1` and `"1"`. */
export function idKey(id: string): string {
  return id.includes('\\') ? JSON.stringify(JSON.parse(id)) : id;
}

/** A message on one line; members that are null are left out. All but `method` is JSON text. */
export function writeRequest(id: string, method: string, params: string | null): string {
  return write([
    ['id', id],
    ['method', JSON.stringify(method)],
    ['params', params],
  ]);
}

export function writeNotification(method: string, params: string | null): string {
  return write([
    ['method', JSON.stringify(method)],
    ['params', params],
  ]);
}

export function writeResult(id: string, result: string): string {
  return write([
    ['id', id],
    ['result', result],
  ]);
}

/** @param error JSON text of the error object */
export function writeError(id: string, error: string): string {
  return write([
    ['id', id],
    ['error', error],
  ]);
}

/** An error object. @param data JSON text */
export function errorText(code: number, message: string, data?: string): string {
  const members: [string, string][] = [
    ['code', String(code)],
    ['message', JSON.stringify(message)],
  ];
  return joinObject(data === undefined ? members : [...members, ['data', data]]);
}

function write(members: readonly (readonly [string, string | null])[]): string {
  const present = members.filter((member): member is readonly [string, string] => member[1] !== null);
  return toOneLine(joinObject([['jsonrpc', '"2.0"'], ...present]));
}
