import type { IncomingHttpHeaders } from 'node:http';

/** The two kinds of answer a caller may take. */
export interface Accepted {
  readonly json: boolean;
  readonly eventStream: boolean;
}

/** Reads an `Accept` header (RFC 9110, 12.5.1): wildcards count, a weight of 0 forbids; without the header both are taken. */
export function readAccept({ accept }: IncomingHttpHeaders): Accepted {
  if (accept === undefined || accept.trim() === '') return { json: true, eventStream: true };
  const ranges = accept.split(',').map(readRange);
  return { json: weigh(ranges, 'application', 'json') > 0, eventStream: weigh(ranges, 'text', 'event-stream') > 0 };
}

/** The type and subtype of a `Content-Type`, without parameters, in lower case; empty when there is none. */
export function mediaType(contentType: string | null | undefined): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

interface Range {
  readonly type: string;
  readonly subtype: string;
  readonly weight: number;
}

function readRange(text: string): Range {
  const [range = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const [type = '', subtype = ''] = range.split('/');
  const q = parameters.find((parameter) => /^q\s*=/.test(parameter))?.split('=')[1];
  const weight = q === undefined ? 1 : Number(q);
  return { type, subtype, weight: Number.isFinite(weight) ? weight : 0 };
}

/** The weight of the most exact range that fits; 0 when none does. */
function weigh(ranges: readonly Range[], type: string, subtype: string): number {
  const fits = (wantedType: string, wantedSubtype: string): Range | undefined =>
    ranges.find((range) => range.type === wantedType && range.subtype === wantedSubtype);
  return (fits(type, subtype) ?? fits(type, '*') ?? fits('*', '*'))?.weight ?? 0;
}
