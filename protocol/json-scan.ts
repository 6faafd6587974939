/** What one pass over JSON text finds out that a parsed value no longer shows. */
export interface JsonScan {
  /** First breach of a rule, ready for an error message; null when there is none. */
  readonly problem: string | null;
  /** The digits of the top-level member `id`, when it is a number; null otherwise. */
  readonly idToken: string | null;
  /** Start and end offsets, in turn, of numbers with a fraction or an exponent, or beyond 64 bits. */
  readonly nonIntegers: readonly number[];
  /** Long values of params that are base64: what a parser would only copy. */
  readonly longTexts: readonly LongText[];
  /** The member of `params` whose value is the string that begins at `hole`; null when there is none. */
  readonly holeName: string | null;
}

/** A string in JSON text that holds no escapes. */
export interface LongText {
  /** The member of `params` it is the value of. */
  readonly name: string;
  /** Offsets of its first character and of its closing quote. */
  readonly start: number;
  readonly end: number;
}

export interface JsonScanLimits {
  /** Nested arrays and objects, the outermost included. */
  readonly maxDepth: number;
  /** Values of any kind, containers included, member names not. */
  readonly maxValues: number;
}

const QUOTE = 34;
const PLUS = 43;
const COMMA = 44;
const MINUS = 45;
const DOT = 46;
const ZERO = 48;
const NINE = 57;
const UPPER_E = 69;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
const LOWER_E = 101;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

/** Shorter numbers fit 64 bits whatever their digits. */
const LENGTH_OF_U64 = 20;

/** Members of params whose values are base64 in every method that has them, and the length from which on they are left out. */
export const base64Names: ReadonlySet<string> = new Set(['chunk', 'dataBase64', 'stdinBase64', 'bodyBase64']);
export const longTextChars = 16_384;

/** From this many members on, an object's names are looked up in a set rather than in a list. */
const NAMES_IN_LIST = 12;

interface Container {
  readonly isObject: boolean;
  isEmpty: boolean;
  names: string[] | Set<string>;
}

/**
 * Finds duplicate member names, too deep nesting, too many values, the raw id and non-integer numbers.
 * Runs before the parser, so it takes any text: on text that is not JSON its findings mean nothing,
 * but it ends, in time proportional to the text.
 * @param hole offset of the first character of a string that was taken out
 */
export function scanJson(text: string, limits: JsonScanLimits, hole = -1): JsonScan {
  const open: Container[] = [];
  const nonIntegers: number[] = [];
  const longTexts: LongText[] = [];
  let values = 1;
  let awaitsName = false;
  let nameIsId = false;
  let nameIsParams = false;
  let paramName = '';
  let idToken: string | null = null;
  let holeName: string | null = null;
  let at = 0;

  const found = (problem: string | null): JsonScan => ({ problem, idToken, nonIntegers, longTexts, holeName });

  while (at < text.length) {
    const code = text.charCodeAt(at);
    const inside = open[open.length - 1];
    if (code > 32 && inside?.isEmpty && code !== CLOSE_BRACE && code !== CLOSE_BRACKET) {
      inside.isEmpty = false;
      values++;
    }
    if (code === QUOTE) {
      const end = endOfString(text, at);
      if (end < 0) return found(null);
      if (awaitsName && inside) {
        awaitsName = false;
        const name = readName(text, at, end);
        if (!addName(inside, name)) return found(`duplicate JSON object key \`${shorten(name)}\` at offset ${at}`);
        if (open.length === 1) {
          nameIsId = name === 'id';
          nameIsParams = name === 'params';
        } else {
          nameIsId = false;
          if (open.length === 2) paramName = name;
        }
      } else if (open.length === 2 && nameIsParams && inside?.isObject && base64Names.has(paramName)) {
        if (at + 1 === hole) holeName = paramName;
        if (end - at > longTextChars && !hasEscape(text, at, end)) longTexts.push({ name: paramName, start: at + 1, end });
      }
      at = end + 1;
      continue;
    }
    if (code === MINUS || (code >= ZERO && code <= NINE)) {
      const end = endOfNumber(text, at, nonIntegers);
      if (nameIsId && open.length === 1) idToken = text.slice(at, end);
      at = end;
      continue;
    }
    if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      open.push({ isObject: code === OPEN_BRACE, isEmpty: true, names: [] });
      if (open.length > limits.maxDepth) return found(`recursion limit exceeded: more than ${limits.maxDepth} nested levels`);
      awaitsName = code === OPEN_BRACE;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      open.pop();
      awaitsName = false;
    } else if (code === COMMA) {
      awaitsName = inside?.isObject === true;
      values++;
    }
    if (values > limits.maxValues) return found(`JSON-RPC message exceeds the limit of ${limits.maxValues} JSON values`);
    at++;
  }
  return found(null);
}

function hasEscape(text: string, start: number, end: number): boolean {
  const escape = text.indexOf('\\', start);
  return escape >= 0 && escape < end;
}

/** Offset of the closing quote, or -1. A quote after an odd number of backslashes does not close. */
function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let before = quote - 1;
    while (text.charCodeAt(before) === BACKSLASH) before--;
    if ((quote - before) % 2 === 1) return quote;
  }
  return -1;
}

/** Offset after the number; one with a fraction or an exponent, or beyond 64 bits, is noted in `nonIntegers`. */
function endOfNumber(text: string, start: number, nonIntegers: number[]): number {
  let end = start + 1;
  let isInteger = true;
  for (; end < text.length; end++) {
    const code = text.charCodeAt(end);
    if (code >= ZERO && code <= NINE) continue;
    if (code !== DOT && code !== UPPER_E && code !== LOWER_E && code !== PLUS && code !== MINUS) break;
    isInteger = false;
  }
  if (!isInteger || (end - start >= LENGTH_OF_U64 && exceeds64Bits(text.slice(start, end)))) nonIntegers.push(start, end);
  return end;
}

function exceeds64Bits(digits: string): boolean {
  const value = BigInt(digits);
  return value >= 2n ** 64n || value < -(2n ** 63n);
}

function readName(text: string, start: number, end: number): string {
  const raw = text.slice(start + 1, end);
  if (!raw.includes('\\')) return raw;
  try {
    return JSON.parse(`"${raw}"`) as string;
  } catch {
    return raw; // not JSON: the parser that runs next says so
  }
}

/** False when the object has the name already. */
function addName(container: Container, name: string): boolean {
  if (container.names instanceof Set) {
    const before = container.names.size;
    return container.names.add(name).size > before;
  }
  if (container.names.includes(name)) return false;
  container.names.push(name);
  if (container.names.length === NAMES_IN_LIST) container.names = new Set(container.names);
  return true;
}

function shorten(name: string): string {
  return name.length > 64 ? `${name.slice(0, 64)}…` : name;
}
