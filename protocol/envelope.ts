import { joinAscii, readAscii } from './bytes.js';
import { type WireError } from './errors.js';
import { type JsonScan, scanJson } from './json-scan.js';
import { liftContent } from './lift-content.js';
import { limits, type Limits } from './limits.js';

/** Any string, or an integer of the signed 64-bit range; a bigint where a double would lose digits. */
export type RequestId = string | number | bigint;

/** The id of answers to messages that could not be read. */
export const unreadableId = -1;

export interface RequestMessage {
  readonly kind: 'request';
  readonly id: RequestId;
  readonly method: string;
  readonly params: unknown;
}
export interface NotificationMessage {
  readonly kind: 'notification';
  readonly method: string;
  readonly params: unknown;
}
export interface ResultMessage {
  readonly kind: 'result';
  readonly id: RequestId;
  readonly result: unknown;
}
export interface ErrorMessage {
  readonly kind: 'error';
  readonly id: RequestId;
  readonly error: WireError;
}
/** Text that is no message of this protocol, and why. */
export interface MalformedMessage {
  readonly kind: 'malformed';
  readonly reason: string;
}

export type Message = RequestMessage | NotificationMessage | ResultMessage | ErrorMessage;

/**
 * Reads one message. The dialect is the base protocol's: no `jsonrpc` member is needed or looked at,
 * no batches, no member twice in an object, ids are strings or 64-bit integers.
 * Never throws.
 */
export function readMessage(
  text: string,
  { maxJsonDepth, maxJsonValues }: Pick<Limits, 'maxJsonDepth' | 'maxJsonValues'> = limits,
): Message | MalformedMessage {
  const scan = scanJson(text, { maxDepth: maxJsonDepth, maxValues: maxJsonValues });
  if (scan.problem !== null) return malformed(scan.problem);
  if (scan.longTexts.length > 0 && scan.nonIntegers.length === 0) return readLongMessage(text, scan);
  return readShortMessage(markNonIntegers(text, scan.nonIntegers), scan.idToken);
}

/**
 * The same for a message of ASCII that is there as bytes. A long content among its params is decoded on the way, and stands
 * there as bytes. They are not needed any more when this returns.
 */
export function readMessageBytes(
  message: Uint8Array,
  options: Pick<Limits, 'maxJsonDepth' | 'maxJsonValues'> = limits,
): Message | MalformedMessage {
  return readLifted(message, options) ?? readMessage(readAscii(message), options);
}

/** Null for whatever is not quite as expected: it is read as a whole, so that errors are worded for all of it. */
function readLifted(bytes: Uint8Array, { maxJsonDepth, maxJsonValues }: Pick<Limits, 'maxJsonDepth' | 'maxJsonValues'>): Message | null {
  const lifted = liftContent(bytes);
  if (!lifted) return null;
  const { text, hole, content } = lifted;
  const scan = scanJson(text, { maxDepth: maxJsonDepth, maxValues: maxJsonValues }, hole);
  if (scan.problem !== null || scan.holeName === null || scan.nonIntegers.length > 0 || scan.longTexts.length > 0) return null;
  const message = readShortMessage(text, scan.idToken);
  if (message.kind !== 'request' && message.kind !== 'notification') return null;
  (message.params as Record<string, unknown>)[scan.holeName] = content;
  return message;
}

/** What is only to be decoded is not copied by the parser; the decoder finds out whether it is what it should be. */
function readLongMessage(text: string, { longTexts, idToken }: JsonScan): Message | MalformedMessage {
  const parts: string[] = [];
  let from = 0;
  for (const { start, end } of longTexts) {
    parts.push(text.slice(from, start));
    from = end;
  }
  const message = readShortMessage(parts.join('') + text.slice(from), idToken);
  if (message.kind !== 'request' && message.kind !== 'notification') return message;
  for (const { name, start, end } of longTexts) (message.params as Record<string, unknown>)[name] = text.slice(start, end);
  return message;
}

function readShortMessage(text: string, idToken: string | null): Message | MalformedMessage {
  const value = parse(text);
  if (value instanceof SyntaxError) return malformed(value.message);
  if (text.includes('\\u') && /\\u[dD][89a-fA-F]/.test(text) && hasLoneSurrogate(value)) return malformed('lone surrogate in a string');
  return classify(value, idToken);
}

/**
 * Reads one message of a peer that is trusted to keep the rules: cheaper, for the receiver of much output.
 * Never throws.
 */
export function readTrustedMessage(text: string): Message | MalformedMessage {
  const value = (text.length > leastLiftedChars ? parseAroundBase64(text) : null) ?? parse(text);
  return value instanceof SyntaxError ? malformed(value.message) : classify(value, null);
}

export function writeRequest(id: RequestId, method: string, params: unknown): string {
  return `{"id":${writeId(id)},"method":${JSON.stringify(method)},"params":${JSON.stringify(params ?? null)}}`;
}

/**
 * The same with one long text in base64 among its params, as bytes: that text needs no look at every character.
 * @param member name of the param; what it holds is base64
 */
export function writeBase64Request(id: RequestId, method: string, params: Readonly<Record<string, unknown>>, member: string): Uint8Array {
  const { [member]: base64, ...rest } = params;
  const [head = '', tail = ''] = writeRequest(id, method, { ...rest, [member]: '' }).split(/(?<=")(?="\}\}$)/);
  return joinAscii(head.replace(/[^\0-\x7f]/g, escapeUnit), String(base64), tail);
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

export function writeNotification(method: string, params: unknown): string {
  return JSON.stringify({ method, params });
}

export function writeResult(id: RequestId, result: unknown): string {
  return `{"id":${writeId(id)},"result":${JSON.stringify(result)}}`;
}

export function writeError(id: RequestId, error: WireError): string {
  return `{"error":${JSON.stringify(error)},"id":${writeId(id)}}`;
}

/** The id as JSON, digit for digit. */
export function writeId(id: RequestId): string {
  return typeof id === 'bigint' ? id.toString() : JSON.stringify(id);
}

function malformed(reason: string): MalformedMessage {
  return { kind: 'malformed', reason };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return error;
  }
}

/** Below this it is not worth the trouble. `bench/files`. */
const leastLiftedChars = 64 * 1024;
/** Members of results that hold base64. */
const liftedMembers = ['chunk', 'dataBase64', 'bodyBase64'] as const;

/** Parses without the one long text, which needs no unescaping, and puts it in its place; null when it is not of that form. */
function parseAroundBase64(text: string): unknown {
  for (const member of liftedMembers) {
    const from = text.indexOf(`"${member}":"`) + member.length + 4;
    if (from > leastLiftedChars || from < member.length + 4) continue;
    const to = text.indexOf('"', from);
    const base64 = text.slice(from, to);
    if (to < 0 || base64.includes('\\')) return null;
    const value = parse(text.slice(0, from) + text.slice(to)) as { readonly result?: Record<string, unknown> };
    if (value.result?.[member] !== '') return null; // it stands somewhere else
    value.result[member] = base64;
    return value;
  }
  return null;
}

/**
 * The protocol knows whole numbers of 64 bits only and refuses `1.0` and `1e2`, which the parser cannot tell from
 * 1 and 100. A number in such a form becomes 0.5, which every check refuses and which does no harm where nobody looks.
 */
function markNonIntegers(text: string, spans: readonly number[]): string {
  if (spans.length === 0) return text;
  const parts: string[] = [];
  let from = 0;
  for (let i = 0; i < spans.length; i += 2) {
    const start = spans[i] as number;
    const end = spans[i + 1] as number;
    parts.push(text.slice(from, start), isJsonNumber(text.slice(start, end)) ? '0.5' : text.slice(start, end));
    from = end;
  }
  return parts.join('') + text.slice(from);
}

function isJsonNumber(token: string): boolean {
  return /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(token);
}

function classify(value: unknown, idToken: string | null): Message | MalformedMessage {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return malformed('expected a JSON-RPC object');
  const { id: rawId, method, params = null, result, error, trace } = value as Record<string, unknown>;
  const hasId = Object.hasOwn(value, 'id');
  const id = hasId ? readId(rawId, idToken) : null;

  if (Object.hasOwn(value, 'method')) {
    if (hasId && id === null) return malformed('`id` is neither a string nor a 64-bit integer');
    if (typeof method !== 'string') return malformed(`invalid type: ${nameType(method)}, expected a string as \`method\``);
    if (id === null) return { kind: 'notification', method, params };
    if (!isTraceContext(trace)) return malformed('`trace` is not a trace context');
    return { kind: 'request', id, method, params };
  }
  const hasResult = Object.hasOwn(value, 'result');
  if (!hasResult && !Object.hasOwn(value, 'error')) return malformed('missing field `error`');
  if (!hasId) return malformed('missing field `id`');
  if (id === null) return malformed('`id` is neither a string nor a 64-bit integer');
  if (hasResult) return { kind: 'result', id, result };
  return isWireError(error) ? { kind: 'error', id, error } : malformed('`error` is not an error object');
}

function readId(id: unknown, token: string | null): RequestId | null {
  if (typeof id === 'string') return id;
  if (typeof id !== 'number') return null;
  if (token !== null && !/^-?\d+$/.test(token)) return null;
  if (Number.isSafeInteger(id)) return id;
  if (token === null) return null;
  const exact = BigInt(token);
  return BigInt.asIntN(64, exact) === exact ? exact : null;
}

function isTraceContext(trace: unknown): boolean {
  if (trace === undefined || trace === null) return true;
  if (typeof trace !== 'object' || Array.isArray(trace)) return false;
  const { traceparent = null, tracestate = null } = trace as Record<string, unknown>;
  return [traceparent, tracestate].every((member) => member === null || typeof member === 'string');
}

function isWireError(error: unknown): error is WireError {
  if (typeof error !== 'object' || error === null) return false;
  const { code, message } = error as Record<string, unknown>;
  return typeof code === 'number' && typeof message === 'string';
}

function hasLoneSurrogate(value: unknown): boolean {
  if (typeof value === 'string') return /\p{Surrogate}/u.test(value);
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([name, member]) => hasLoneSurrogate(name) || hasLoneSurrogate(member));
}

/** The JSON type of a value in the words of error messages. */
export function nameType(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'sequence';
  return typeof value === 'object' ? 'map' : typeof value;
}
