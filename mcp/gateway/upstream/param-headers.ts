import { kindOf, splitObject, stringOf } from '../wire/json-text.js';

/** An argument that also travels as a header, for those on the way who do not read bodies. */
interface HeaderParam {
  /** Name of the header, without `Mcp-Param-`. */
  readonly header: string;
  /** Where in the arguments. */
  readonly path: readonly string[];
}

/** Types of arguments that can travel as headers; other numbers than whole ones have too many spellings. */
const headerTypes: readonly unknown[] = ['string', 'integer', 'boolean'];

/** A name of a header (RFC 9110, 5.6.2). */
const headerName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/**
 * The arguments that a tool's definition marks with `x-mcp-header`; null when it marks them as it must not: no name for a
 * header, one name twice, a type that has no place in a header. @param tool JSON text of the definition
 */
export function findHeaderParams(tool: string): readonly HeaderParam[] | null {
  if (!tool.includes('x-mcp-header')) return [];
  const found: HeaderParam[] = [];
  const names = new Set<string>();
  let isValid = true;
  const visit = (schema: unknown, path: readonly string[]): void => {
    if (typeof schema !== 'object' || schema === null) return;
    const { properties, type, 'x-mcp-header': header } = schema as Readonly<Record<string, unknown>>;
    if (header !== undefined && path.length > 0) {
      const name = typeof header === 'string' && headerName.test(header) ? header : '';
      if (name === '' || names.has(name.toLowerCase()) || !mayTravel(type)) isValid = false;
      names.add(name.toLowerCase());
      found.push({ header: name, path });
    }
    if (typeof properties !== 'object' || properties === null || path.length > 100) return;
    for (const [name, property] of Object.entries(properties)) visit(property, [...path, name]);
  };
  visit((JSON.parse(tool) as { readonly inputSchema?: unknown }).inputSchema, []);
  return isValid ? found : null;
}

function mayTravel(type: unknown): boolean {
  return (
    type === undefined ||
    (Array.isArray(type) ? type : [type]).every((one) => headerTypes.includes(one) || (one === 'null' && type !== one))
  );
}

/** What a header has to say. */
interface HeaderValue {
  /** As a caller writes it. */
  readonly text: string;
  /** Whether the argument is a number: other spellings of a number say the same, of a text they do not. */
  readonly isNumber: boolean;
}

/** What a header for this argument has to say; undefined when there must be none. @param args JSON text of the arguments */
export function headerValueOf({ path }: HeaderParam, args: string | undefined): HeaderValue | undefined {
  let value = args;
  for (const name of path) value = value !== undefined && kindOf(value) === 'object' ? splitObject(value).get(name) : undefined;
  if (value === undefined) return undefined;
  const kind = kindOf(value);
  const text = kind === 'number' || kind === 'boolean' ? value.trim() : stringOf(value);
  return text === undefined ? undefined : { text, isNumber: kind === 'number' };
}

/** The value as a header may carry it. */
export function encodeHeaderValue(value: string): string {
  const isPlain = /^[\x20-\x7e]+$/.test(value) && value === value.trim() && !/^=\?base64\?.*\?=$/.test(value);
  return isPlain ? value : `=?base64?${Buffer.from(value).toString('base64')}?=`;
}

/** The value a header carries; null when it is not encoded as it should be. */
export function decodeHeaderValue(value: string): string | null {
  const trimmed = value.trim();
  const encoded = /^=\?base64\?(?<text>.*)\?=$/.exec(trimmed)?.groups?.['text'];
  if (encoded === undefined) return trimmed;
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(encoded)) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(encoded, 'base64'));
  } catch {
    return null;
  }
}

/** Longer numbers, in characters, have to be spelled the same. */
const longestNumber = 1_000;

/** Whether a header says the same as the argument; numbers are compared by value, however large. */
export function isSameValue(header: string, { text, isNumber }: HeaderValue): boolean {
  if (header === text) return true;
  const value = isNumber ? plainNumber(header) : null;
  return value !== null && value === plainNumber(text);
}

/** The same text for every spelling of one decimal number; null for what is none. */
function plainNumber(text: string): string | null {
  if (text.length > longestNumber) return null;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,9}))?$/.exec(text) ?? [];
  if (whole === '') return null;
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  return `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}
