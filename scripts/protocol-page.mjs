// The protocol page: what a writer of another client needs to know of each message.
import { z } from 'zod';

/** Text of docs/protocol.md. */
export function writePage({ methods, notifications, rpcErrors }) {
  const parts = [
    '# Protocol reference',
    '',
    '<!-- Written by `npm run docs` from the method table in `protocol/methods`. -->',
    '',
    'One JSON object per WebSocket message (or per line, over stdio). Requests are `{id, method, params}`, answers `{id, result}` or',
    '`{error: {code, message, data}, id}`, notifications `{method, params}`. A `jsonrpc` member is neither written nor needed. Members not named here',
    'are ignored. `?` marks what may be left out; where `null` is listed it means the same as leaving it out. "Capability" names the member of',
    '`environmentInfo.capabilities` that announces an addition to the base protocol.',
    '',
    'How connections, sessions and recovery work is told in [wire.md](wire.md).',
    '',
    '## Requests',
    '',
  ];
  for (const [name, entry] of Object.entries(methods)) {
    parts.push(`### \`${name}\``, '', entry.summary, '');
    if (entry.capability) parts.push(`Capability: \`${entry.capability}\`.`, '');
    parts.push(...describe('Params', entry.params), ...describe('Result', entry.result));
  }
  parts.push('## Notifications', '');
  for (const [name, entry] of Object.entries(notifications)) {
    parts.push(`### \`${name}\``, '', `${entry.summary} Sent by the ${entry.sender}.`, '', ...describe('Params', entry.params));
  }
  parts.push('## Errors', '', '`error.data.reason` carries the name.', '', '| name | code | meaning |', '| --- | --- | --- |');
  for (const [name, { code, meaning }] of Object.entries(rpcErrors)) parts.push(`| \`${name}\` | ${code} | ${meaning} |`);
  return `${parts.join('\n')}\n`;
}

function describe(title, schema) {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const rows = listMembers(json, '');
  if (rows.length === 0) return [`${title}: ${json.type === 'object' || json.anyOf ? 'none (`{}`)' : 'anything'}.`, ''];
  return [
    `${title}:`,
    '',
    '| member | type | meaning |',
    '| --- | --- | --- |',
    ...rows.map(({ name, type, text }) => `| \`${name}\` | ${type} | ${text} |`),
    '',
  ];
}

function listMembers(json, prefix) {
  const rows = [];
  for (const [name, member] of Object.entries(json.properties ?? {})) {
    const optional = (json.required ?? []).includes(name) ? '' : '?';
    const branches = (member.anyOf ?? [member]).filter((branch) => branch.type !== 'null');
    const inner = branches[0] ?? member;
    const path = `${prefix}${name}${optional}`;
    rows.push({ name: path, type: nameType(member), text: member.description ?? inner.description ?? '' });
    if (inner.type === 'object') rows.push(...listMembers(inner, `${prefix}${name}.`));
    if (inner.type === 'array') rows.push(...listMembers(inner.items, `${prefix}${name}[].`));
  }
  return rows;
}

function nameType(json) {
  if (json.anyOf) return json.anyOf.map(nameType).join(' or ');
  if (Array.isArray(json.type)) return json.type.map((type) => nameType({ ...json, type })).join(' or ');
  if (json.const !== undefined) return `\`${JSON.stringify(json.const)}\``;
  if (json.enum) return json.enum.map((value) => `\`${value}\``).join(', ');
  if (json.type === 'array') return `list of ${nameType(json.items)}`;
  if (json.type === 'string' && json.contentEncoding) return json.contentEncoding;
  if (json.type === 'string' && json.format) return json.format === 'uri' ? 'file URI' : json.format;
  if (json.type === 'object' && json.additionalProperties?.type) return `map to ${json.additionalProperties.type}`;
  return json.type ?? 'anything';
}
