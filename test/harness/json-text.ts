import type { Json } from '#server/handler.js';

/** JSON as one text, whether it comes as text or in pieces. */
export function textOf(json: Json): string {
  return typeof json === 'string' ? json : Buffer.concat(json).toString('utf8');
}
