import { modernRevision } from '../revisions.js';
import { splitObject, stringOf } from '../wire/json-text.js';
import { encodeHeaderValue, findHeaderParams, headerValueOf } from './param-headers.js';

/**
 * The headers that repeat what a modern request says in its body, for those on the way who look at headers only.
 * @param params JSON text of an object
 * @param definitionOf JSON text of a tool's definition
 */
export function writeModernHeaders(
  method: string,
  params: string,
  definitionOf: (tool: string) => string | undefined,
): Record<string, string> {
  const members = splitObject(params);
  const headers: Record<string, string> = { 'mcp-protocol-version': modernRevision, 'mcp-method': encodeHeaderValue(method) };
  const name = stringOf(members.get(namedBy(method) ?? ''));
  if (name === undefined) return headers;
  headers['mcp-name'] = encodeHeaderValue(name);
  const definition = method === 'tools/call' ? definitionOf(name) : undefined;
  for (const param of (definition === undefined ? null : findHeaderParams(definition)) ?? []) {
    const value = headerValueOf(param, members.get('arguments'));
    if (value !== undefined) headers[`mcp-param-${param.header.toLowerCase()}`] = encodeHeaderValue(value.text);
  }
  return headers;
}

/** The member of its params that names what a request is about; null when there is none. */
export function namedBy(method: string): 'name' | 'uri' | null {
  if (method === 'resources/read') return 'uri';
  return method === 'tools/call' || method === 'prompts/get' ? 'name' : null;
}
