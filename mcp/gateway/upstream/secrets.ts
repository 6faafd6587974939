import type { GatewayLog } from '../gateway-log.js';
import type { UpstreamConfig } from './config.js';

/** Shorter values are found everywhere, and hide nothing. */
const shortestSecret = 6;

const mark = '[redacted]';

/**
 * Takes the values of `env` and `headers` out of texts that an upstream had a hand in: what it writes to stderr, and what it
 * answers when something is wrong, is told and logged.
 */
export function createRedactor(config: UpstreamConfig): (text: string) => string {
  const values = config.transport === 'stdio' ? Object.values(config.env) : Object.values(config.headers);
  // A token without its scheme is a secret still, and of a text of several lines each line is.
  const parts = values.flatMap((value) => [value, value.slice(value.indexOf(' ') + 1), ...value.split(/\r?\n/)]);
  const secrets = [...new Set(parts.map((part) => part.trim()))]
    .filter((part) => part.length >= shortestSecret)
    .toSorted((one, other) => other.length - one.length);
  return (text) => secrets.reduce((rest, secret) => rest.replaceAll(secret, mark), text);
}

/** A log that keeps no secret of one upstream, whatever it is told. */
export function redactLog(log: GatewayLog, redact: (text: string) => string): GatewayLog {
  const clean = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
    Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, typeof value === 'string' ? redact(value) : value]));
  return {
    debug: (fields, message) => log.debug(clean(fields), message),
    info: (fields, message) => log.info(clean(fields), message),
    warn: (fields, message) => log.warn(clean(fields), message),
    error: (fields, message) => log.error(clean(fields), message),
  };
}

/** A URL as it may be told: tokens travel in queries, too. */
export function withoutQuery(url: string): string {
  return url.split(/[?#]/, 1)[0] ?? url;
}
