import { z } from 'zod';
import { Base64Error, decodeBase64 } from '../bytes.js';
import { longestTimerMs } from '../limits.js';
import { PathUriError, parsePathUri } from '../path-uri.js';

/** An unsigned 64-bit number. Values above 2^53 arrive rounded; they only ever mean "very many". */
export const u64 = z
  .number()
  .refine((value) => Number.isInteger(value) && value >= 0 && value <= 2 ** 64, { error: 'invalid number', params: { expected: 'u64' } })
  .meta({ type: 'integer', minimum: 0 });

/** A time that a timer will measure, in milliseconds. What no timer can hold is refused rather than cut. */
export const timerMs = z.number().int().min(0).max(longestTimerMs);

/** Bytes as standard base64; handlers get them decoded. */
export const base64 = z
  .unknown()
  .transform((value, context): Uint8Array => {
    if (value instanceof Uint8Array) return value; // decoded on the way: `readMessageBytes`
    if (typeof value !== 'string') {
      context.addIssue({ code: 'invalid_type', expected: 'string' });
      return z.NEVER;
    }
    try {
      return decodeBase64(value);
    } catch (error) {
      if (!(error instanceof Base64Error)) throw error;
      context.addIssue({ code: 'custom', message: error.message });
      return z.NEVER;
    }
  })
  .meta({ type: 'string', contentEncoding: 'base64' });

/** The same for more than can be decoded in one turn of the event loop: handlers get it as it came, if it is not decoded already. */
export const longBase64 = z
  .unknown()
  .transform((value, context): string | Uint8Array => {
    if (typeof value === 'string' || value instanceof Uint8Array) return value;
    context.addIssue({ code: 'invalid_type', expected: 'string' });
    return z.NEVER;
  })
  .meta({ type: 'string' });

/** A `file:` URI; handlers get it parsed. */
export const pathUri = z
  .string()
  .transform((text, context): URL => {
    try {
      return parsePathUri(text);
    } catch (error) {
      if (!(error instanceof PathUriError)) throw error;
      context.addIssue({ code: 'custom', message: error.message });
      return z.NEVER;
    }
  })
  .meta({ format: 'uri' });

/** Names and text, such as variables. Handlers get a map, so that no name is special. */
export const stringMap = z
  .unknown()
  .transform((value, context): ReadonlyMap<string, string> => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      context.addIssue({ code: 'invalid_type', expected: 'record' });
      return z.NEVER;
    }
    const entries = Object.entries(value as Record<string, unknown>);
    for (const [name, text] of entries) {
      if (typeof text !== 'string') context.addIssue({ code: 'invalid_type', expected: 'string', path: [name] });
    }
    return new Map(entries as [string, string][]);
  })
  .meta({ type: 'object', additionalProperties: { type: 'string' } });

/** One side of a terminal, in character cells. */
const cells = z.number().int().min(1).max(65_535);

export const terminalSize = z.object({
  rows: cells.describe('Rows, 1…65535.'),
  cols: cells.describe('Columns, 1…65535.'),
});

/** Params of methods that take none: absent, `null` or `{}`. */
export const noParams = z.null().or(z.strictObject({}));

/** The answer that says no more than "done". */
export const unit = z.object({});

export const sandbox = z
  .object({
    permissions: z.object({
      type: z.enum(['managed', 'disabled', 'external']),
      file_system: z.object({ type: z.string() }).nullish(),
      network: z.string().nullish(),
    }),
  })
  .describe('Restrictions. This server enforces none and refuses every one that asks for some.');
