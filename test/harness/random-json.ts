import * as fc from 'fast-check';

const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.bigInt().map(String),
  fc.constantFrom('1e400', '-0', '0.10', '1E+2', '1.0e-7', '9007199254740993'),
);
const literal = fc.oneof(
  number,
  fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
  fc.constantFrom('true', 'false', 'null', '"\\u0041\\/"'),
);

/** What may stand between the tokens of JSON. */
export const blank = fc.constantFrom('', ' ', '\n', '\t\r\n ');

/** JSON text in many spellings: blanks, escapes, numbers no double can hold. */
export const { json } = fc.letrec<{ json: string }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 5 },
    literal,
    fc.tuple(fc.array(tie('json'), { maxLength: 4 }), blank).map(([entries, gap]) => `[${gap}${entries.join(`${gap},${gap}`)}${gap}]`),
    fc
      .tuple(fc.array(fc.tuple(fc.string({ unit: 'binary' }), tie('json')), { maxLength: 4 }), blank)
      .map(
        ([entries, gap]) =>
          `{${gap}${entries.map(([name, value]) => `${JSON.stringify(name)}${gap}:${gap}${value}`).join(`${gap},${gap}`)}${gap}}`,
      ),
  ),
}));
