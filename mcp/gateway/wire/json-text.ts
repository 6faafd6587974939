/** Nested arrays and objects in one message of a peer of the gateway. */
export const maxDepth = 1_000;

const quote = 34;
const comma = 44;
const minus = 45;
const dot = 46;
const zero = 48;
const nine = 57;
const colon = 58;
const openBracket = 91;
const backslash = 92;
const closeBracket = 93;
const openBrace = 123;
const closeBrace = 125;

/**
 * JSON is passed on as the text it came as, so that no number is rounded and no member lost; these functions look into
 * it only as deep as they must. Members of an object, as their text: of a repeated name the last counts, as for `JSON.parse`.
 * @throws SyntaxError when the text is no JSON object
 */
export function splitObject(text: string): Map<string, string> {
  const members = new Map<string, string>();
  let at = skipBlanks(text, 0);
  if (text.charCodeAt(at) !== openBrace) throw new SyntaxError('not a JSON object');
  at = skipBlanks(text, at + 1);
  if (text.charCodeAt(at) === closeBrace) return finished(text, at + 1, members);
  for (;;) {
    const nameEnd = skipString(text, at);
    const name = readString(text.slice(at, nameEnd));
    at = skipBlanks(text, nameEnd);
    if (text.charCodeAt(at) !== colon) throw unexpected(text, at);
    at = skipBlanks(text, at + 1);
    const end = skipValue(text, at);
    members.set(name, text.slice(at, end));
    at = skipBlanks(text, end);
    const code = text.charCodeAt(at);
    if (code === closeBrace) return finished(text, at + 1, members);
    if (code !== comma) throw unexpected(text, at);
    at = skipBlanks(text, at + 1);
  }
}

/** The entries of an array, as their text. @throws SyntaxError when the text is no JSON array */
export function splitArray(text: string): string[] {
  const entries: string[] = [];
  let at = skipBlanks(text, 0);
  if (text.charCodeAt(at) !== openBracket) throw new SyntaxError('not a JSON array');
  at = skipBlanks(text, at + 1);
  if (text.charCodeAt(at) === closeBracket) return finished(text, at + 1, entries);
  for (;;) {
    const end = skipValue(text, at);
    entries.push(text.slice(at, end));
    at = skipBlanks(text, end);
    const code = text.charCodeAt(at);
    if (code === closeBracket) return finished(text, at + 1, entries);
    if (code !== comma) throw unexpected(text, at);
    at = skipBlanks(text, at + 1);
  }
}

/** An object of members that are JSON text. */
export function joinObject(members: Iterable<readonly [string, string]>): string {
  let text = '';
  for (const [name, value] of members) text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${value}`;
  return `{${text}}`;
}

/**
 * The object with some members set to other JSON text, or left out for null; what is not named stays as it is.
 * @throws SyntaxError when the text is no JSON object
 */
export function editObject(text: string, edits: Readonly<Record<string, string | null>>): string {
  const members = splitObject(text);
  for (const [name, value] of Object.entries(edits)) {
    if (value === null) members.delete(name);
    else members.set(name, value);
  }
  return joinObject(members);
}

/** Whether the text is one JSON value. */
export function isJson(text: string): boolean {
  try {
    return skipBlanks(text, skipValue(text, skipBlanks(text, 0))) === text.length;
  } catch {
    return false;
  }
}

/** The kind of a value, from its first character. */
export function kindOf(text: string): 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null' {
  const first = text.trimStart()[0];
  if (first === '{') return 'object';
  if (first === '[') return 'array';
  if (first === '"') return 'string';
  if (first === 't' || first === 'f') return 'boolean';
  return first === 'n' ? 'null' : 'number';
}

/** The string a text stands for; undefined when it is none. */
export function stringOf(text: string | undefined): string | undefined {
  return text !== undefined && kindOf(text) === 'string' ? readString(text.trim()) : undefined;
}

/** On one line, as lines and event streams need it: line ends stand between tokens only. */
export function toOneLine(text: string): string {
  return /[\r\n]/.test(text) ? text.replace(/[\r\n]+/g, ' ') : text;
}

function readString(literal: string): string {
  return literal.includes('\\') ? (JSON.parse(literal) as string) : literal.slice(1, -1);
}

function finished<Result>(text: string, at: number, result: Result): Result {
  const end = skipBlanks(text, at);
  if (end !== text.length) throw unexpected(text, end);
  return result;
}

/** Offset after the value that begins here. Runs without recursion and builds nothing: a hostile text costs time in proportion to it. */
function skipValue(text: string, start: number): number {
  const closers: number[] = [];
  let at = start;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code === openBrace || code === openBracket) {
      const closer = code === openBrace ? closeBrace : closeBracket;
      at = skipBlanks(text, at + 1);
      if (text.charCodeAt(at) === closer) at++;
      else {
        closers.push(closer);
        if (closers.length > maxDepth) throw new SyntaxError(`nested deeper than ${maxDepth} levels`);
        if (closer === closeBrace) at = skipName(text, at);
        continue;
      }
    } else at = code === quote ? skipString(text, at) : skipScalar(text, at);
    for (;;) {
      const closer = closers.at(-1);
      if (closer === undefined) return at;
      at = skipBlanks(text, at);
      const next = text.charCodeAt(at);
      if (next === comma) {
        at = skipBlanks(text, at + 1);
        if (closer === closeBrace) at = skipName(text, at);
        break;
      }
      if (next !== closer) throw unexpected(text, at);
      closers.pop();
      at++;
    }
  }
}

/** From a member's name to its value. */
function skipName(text: string, at: number): number {
  const end = skipBlanks(text, skipString(text, at));
  if (text.charCodeAt(end) !== colon) throw unexpected(text, end);
  return skipBlanks(text, end + 1);
}

function skipString(text: string, start: number): number {
  if (text.charCodeAt(start) !== quote) throw unexpected(text, start);
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) return at + 1;
    if (code < 32) throw unexpected(text, at);
    if (code === backslash) at = skipEscape(text, at);
  }
  throw unexpected(text, text.length);
}

/** Offset of the last character of the escape. */
function skipEscape(text: string, at: number): number {
  const kind = text[at + 1] ?? '';
  if (kind === 'u' && /^[0-9a-fA-F]{4}$/.test(text.slice(at + 2, at + 6))) return at + 5;
  if (kind === '' || !'"\\/bfnrt'.includes(kind)) throw unexpected(text, at);
  return at + 1;
}

function skipScalar(text: string, at: number): number {
  for (const word of ['true', 'false', 'null']) if (text.startsWith(word, at)) return at + word.length;
  return skipNumber(text, at);
}

function skipNumber(text: string, start: number): number {
  let at = text.charCodeAt(start) === minus ? start + 1 : start;
  if (text.charCodeAt(at) === zero) at++;
  else at = skipDigits(text, at);
  if (text.charCodeAt(at) === dot) at = skipDigits(text, at + 1);
  if (text[at] === 'e' || text[at] === 'E') at = skipDigits(text, text[at + 1] === '+' || text[at + 1] === '-' ? at + 2 : at + 1);
  return at;
}

function skipDigits(text: string, start: number): number {
  let at = start;
  while (isDigit(text.charCodeAt(at))) at++;
  if (at === start) throw unexpected(text, at);
  return at;
}

function isDigit(code: number): boolean {
  return code >= zero && code <= nine;
}

function skipBlanks(text: string, start: number): number {
  let at = start;
  for (let code = text.charCodeAt(at); code === 32 || code === 10 || code === 13 || code === 9; code = text.charCodeAt(at)) at++;
  return at;
}

function unexpected(text: string, at: number): SyntaxError {
  return new SyntaxError(at >= text.length ? 'unexpected end of JSON' : `unexpected character at offset ${at} of the JSON`);
}
