import type { z } from 'zod';
import { nameType } from './envelope.js';
import { RpcError } from './errors.js';
import type { MethodEntry } from './methods/method.js';

/**
 * Params of a request as its handler wants them: bytes decoded, paths parsed, defaults filled in.
 * @throws RpcError `invalidParams`, with the member, what came and what was expected
 */
export function checkParams<Params extends z.ZodType>(entry: MethodEntry<Params>, params: unknown): z.output<Params> {
  const checked = entry.params.safeParse(params);
  if (checked.success) return checked.data;
  throw new RpcError('invalidParams', describeIssue(firstIssue(checked.error.issues), params, entry.paramsName));
}

type Issue = z.core.$ZodIssue;

/** Of a union's branches the one that got furthest tells most. */
function firstIssue(issues: readonly Issue[]): Issue {
  const issue = issues[0] as Issue;
  if (issue.code !== 'invalid_union') return issue;
  const branches = issue.errors.map((branch) => firstIssue(branch));
  const deepest = branches.toSorted((a, b) => b.path.length - a.path.length)[0];
  return deepest && deepest.path.length > 0 ? { ...deepest, path: [...issue.path, ...deepest.path] } : issue;
}

function describeIssue(issue: Issue, params: unknown, paramsName: string): string {
  const { path } = issue;
  const got = path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | null | undefined)?.[key], params);
  if (path.length === 0 && issue.code !== 'custom') {
    return `invalid type: ${describeValue(got)}, expected ${paramsName === 'unit' ? 'unit' : `struct ${paramsName}`}`;
  }
  const place = path.length > 0 ? ` (\`${formatPath(path)}\`)` : '';
  if (got === undefined)
    return path.length > 1 ? `missing field \`${String(path.at(-1))}\`${place}` : `missing field \`${String(path[0])}\``;
  switch (issue.code) {
    case 'invalid_type':
      if (issue.expected === 'int') return `invalid number, expected an integer${place}`;
      return `invalid type: ${describeValue(got)}, expected ${article(issue.expected)}${place}`;
    case 'invalid_value':
      if (typeof got !== 'string') return `invalid type: ${describeValue(got)}, expected a string${place}`;
      return `unknown variant \`${shorten(got)}\`, expected ${listVariants(issue.values)}${place}`;
    case 'too_small':
      return `invalid number ${describeNumber(got)}, expected at least ${issue.minimum}${place}`;
    case 'too_big':
      return `invalid number ${describeNumber(got)}, expected at most ${issue.maximum}${place}`;
    case 'invalid_format':
      return `invalid ${issue.format} ${describeValue(got)}${place}`;
    default:
      if (typeof got !== 'number') return `${issue.message}${place}`;
      return `${issue.message}${Number.isInteger(got) ? ` ${got}` : ''}, expected u64${place}`;
  }
}

function describeValue(value: unknown): string {
  const type = nameType(value);
  return typeof value === 'string' ? `string "${shorten(value)}"` : type;
}

function describeNumber(value: unknown): string {
  return typeof value === 'number' ? String(value) : nameType(value);
}

function article(expected: string): string {
  return { record: 'a map', object: 'a map', array: 'a sequence' }[expected] ?? `a ${expected}`;
}

function listVariants(values: readonly unknown[]): string {
  const names = values.map((value) => `\`${String(value)}\``);
  return names.length <= 2 ? names.join(' or ') : `one of ${names.join(', ')}`;
}

function formatPath(path: readonly PropertyKey[]): string {
  return path.map((key, at) => (typeof key === 'number' ? `[${key}]` : `${at > 0 ? '.' : ''}${String(key)}`)).join('');
}

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
