// The wire's types as plain TypeScript, so that a client needs no validator, not even for its types.
import { z } from 'zod';

/** Source text of protocol/wire.ts. */
export function writeTypes({ methods, notifications }) {
  const parts = ['// Written by `npm run docs` from the method table. Change the schemas in `methods/`, not this file.\n'];
  const requests = [];
  for (const [name, entry] of Object.entries(methods)) {
    const base = pascalCase(name);
    parts.push(declare(`${base}Params`, `Params of \`${name}\`. ${entry.summary}`, entry.params, 'input'));
    parts.push(declare(`${base}Result`, `Result of \`${name}\`.`, entry.result, 'input'));
    requests.push(`'${name}': { readonly params: ${base}Params; readonly result: ${base}Result };`);
  }
  const events = [];
  for (const [name, entry] of Object.entries(notifications)) {
    const base = pascalCase(name);
    parts.push(declare(`${base}Notification`, `Params of the notification \`${name}\`. ${entry.summary}`, entry.params, 'input'));
    events.push(`'${name}': ${base}Notification;`);
  }
  parts.push(`/** Every request: its params and its result, by method name. */\nexport interface Requests {\n${requests.join('\n')}\n}\n`);
  parts.push(`/** Params of every notification, by method name. */\nexport interface Notifications {\n${events.join('\n')}\n}\n`);
  return parts.join('\n');
}

function declare(name, comment, schema, io) {
  const json = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  const isInterface = Object.keys(json.properties ?? {}).length > 0;
  const head = `/** ${comment} */\nexport `;
  return isInterface ? `${head}interface ${name} ${printObject(json)}\n` : `${head}type ${name} = ${print(json)};\n`;
}

function print(json) {
  if (json.const !== undefined) return JSON.stringify(json.const);
  if (json.enum) return json.enum.map((value) => `'${value}'`).join(' | ');
  if (json.anyOf) return [...new Set(json.anyOf.map(print))].join(' | ');
  if (Array.isArray(json.type)) return json.type.map((type) => print({ ...json, type })).join(' | ');
  switch (json.type) {
    case 'string':
    case 'boolean':
    case 'null':
      return json.type;
    case 'number':
    case 'integer':
      return 'number';
    case 'array':
      return `readonly ${json.items.type === 'object' ? print(json.items) : `(${print(json.items)})`}[]`;
    case 'object':
      return printObject(json);
    default:
      return 'unknown';
  }
}

function printObject(json) {
  const names = Object.keys(json.properties ?? {});
  if (names.length === 0) {
    return typeof json.additionalProperties === 'object' && Object.keys(json.additionalProperties).length > 0
      ? `Readonly<Record<string, ${print(json.additionalProperties)}>>`
      : 'Readonly<Record<string, never>>';
  }
  const members = names.map((name) => {
    const member = json.properties[name];
    const optional = !(json.required ?? []).includes(name);
    const comment = member.description ? `/** ${member.description} */\n` : '';
    const type = print(member);
    return `${comment}readonly ${name}${optional ? '?' : ''}: ${type}${optional && type !== 'unknown' ? ' | undefined' : ''};`;
  });
  return `{\n${members.join('\n')}\n}`;
}

export function pascalCase(name) {
  return name.replace(/(?:^|\/)(\w)/g, (_, letter) => letter.toUpperCase());
}
