import type { IncomingHttpHeaders } from 'node:http';
import { type CallerCapabilities, isLogLevel, type LogLevel, readCapabilities } from '../call.js';
import { isModernRevision, metaKeys, modernRevision } from '../revisions.js';
import { namedBy } from '../upstream/modern-headers.js';
import { decodeHeaderValue, findHeaderParams, headerValueOf, isSameValue } from '../upstream/param-headers.js';
import { joinObject, kindOf, splitObject, stringOf } from '../wire/json-text.js';
import { type CallMessage, errorCodes, errorText, type RawMessage } from '../wire/message.js';

/** What a modern request says of itself in its `_meta`. */
export interface Envelope {
  readonly capabilities: CallerCapabilities;
  /** JSON text; null when it does not say. */
  readonly clientInfo: string | null;
  readonly logLevel: LogLevel | null;
}

/** An answer that refuses a request. */
export interface Refusal {
  readonly status: number;
  /** JSON text of an error object. */
  readonly error: string;
}

/** All that a modern caller may ask for. */
const modernMethods: ReadonlySet<string> = new Set([
  'server/discover',
  'subscriptions/listen',
  'tools/list',
  'tools/call',
  'prompts/list',
  'prompts/get',
  'resources/list',
  'resources/templates/list',
  'resources/read',
  'completion/complete',
]);

/** Whether a message is of a caller without session: it says so in its `_meta`, or in its header. */
export function isModern(headers: IncomingHttpHeaders, message: RawMessage): boolean {
  const header = headers['mcp-protocol-version'];
  if (typeof header === 'string' && isModernRevision(header.trim())) return true;
  return message.kind !== 'response' && metaOf(message).has(metaKeys.protocolVersion);
}

/**
 * Checks a request, in the order that decides which of several faults is told.
 * @param definitionOf JSON text of a tool's definition
 * @param maxLength longest description of a client, in characters
 */
export function checkModern(
  headers: IncomingHttpHeaders,
  message: CallMessage,
  { definitionOf, maxLength }: { readonly definitionOf: (tool: string) => string | undefined; readonly maxLength: number },
): Envelope | Refusal {
  const meta = metaOf(message);
  const revision = stringOf(meta.get(metaKeys.protocolVersion));
  const capabilities = meta.get(metaKeys.clientCapabilities);
  if (revision === undefined) return refuse(errorCodes.invalidParams, `\`_meta\` needs ${metaKeys.protocolVersion}, a string`);
  if (capabilities === undefined || kindOf(capabilities) !== 'object')
    return refuse(errorCodes.invalidParams, `\`_meta\` needs ${metaKeys.clientCapabilities}, an object`);
  if (capabilities.length > maxLength) return refuse(errorCodes.invalidParams, `the capabilities are larger than ${maxLength} characters`);
  const header = headerOf(headers, 'mcp-protocol-version');
  if (header !== revision)
    return mismatch(`the header MCP-Protocol-Version does not say what the body says (${JSON.stringify(header ?? null)})`);
  if (revision !== modernRevision) {
    const data = joinObject([
      ['supported', JSON.stringify([modernRevision])],
      ['requested', JSON.stringify(revision)],
    ]);
    return {
      status: 400,
      error: errorText(errorCodes.unsupportedRevision, `protocol revision ${revision.slice(0, 64)} is not supported`, data),
    };
  }
  const problem = findHeaderProblem(headers, message, definitionOf);
  if (problem !== null) return mismatch(problem);
  if (!modernMethods.has(message.method))
    return { status: 404, error: errorText(errorCodes.methodNotFound, `unknown method ${message.method.slice(0, 128)}`) };
  const level = stringOf(meta.get(metaKeys.logLevel));
  return {
    capabilities: readCapabilities(capabilities),
    clientInfo: meta.get(metaKeys.clientInfo) ?? null,
    logLevel: isLogLevel(level) ? level : null,
  };
}

function metaOf({ params }: CallMessage): ReadonlyMap<string, string> {
  const meta = params === null ? undefined : splitObject(params).get('_meta');
  return meta !== undefined && kindOf(meta) === 'object' ? splitObject(meta) : new Map();
}

/** What the headers repeat of the body has to be the same: those on the way look at headers only. */
function findHeaderProblem(
  headers: IncomingHttpHeaders,
  { method, params }: CallMessage,
  definitionOf: (tool: string) => string | undefined,
): string | null {
  if (headerOf(headers, 'mcp-method') !== method) return 'the header Mcp-Method does not say what the body says';
  const members = params === null ? new Map<string, string>() : splitObject(params);
  const named = namedBy(method);
  const name = named === null ? undefined : stringOf(members.get(named));
  if (named !== null && (name === undefined ? headers['mcp-name'] !== undefined : decodedHeader(headers, 'mcp-name') !== name))
    return 'the header Mcp-Name does not say what the body says';
  return method === 'tools/call' && name !== undefined
    ? findParamProblem(headers, definitionOf(name) ?? '{}', members.get('arguments'))
    : null;
}

function findParamProblem(headers: IncomingHttpHeaders, definition: string, args: string | undefined): string | null {
  for (const param of findHeaderParams(definition) ?? []) {
    const name = `mcp-param-${param.header.toLowerCase()}`;
    const expected = headerValueOf(param, args);
    const isPresent = headers[name] !== undefined;
    if (isPresent !== (expected !== undefined))
      return `the header Mcp-Param-${param.header} ${isPresent ? 'is there, but its argument is not' : 'is missing'}`;
    if (expected === undefined) continue;
    const value = decodedHeader(headers, name);
    if (value === null || !isSameValue(value, expected)) return `the header Mcp-Param-${param.header} does not say what the body says`;
  }
  return null;
}

function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value.trim() : undefined;
}

/** Null when it is missing, or not encoded as it should be. */
function decodedHeader(headers: IncomingHttpHeaders, name: string): string | null {
  const value = headerOf(headers, name);
  return value === undefined ? null : decodeHeaderValue(value);
}

function mismatch(message: string): Refusal {
  return refuse(errorCodes.headerMismatch, message);
}

function refuse(code: number, message: string): Refusal {
  return { status: 400, error: errorText(code, message) };
}
