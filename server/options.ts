import { limits as defaultLimits, type Limits, longestTimerMs } from '@exec-server/protocol';
import type { OutboundRules } from './http/outbound-policy.js';
import type { Authenticator } from './auth/authenticator.js';
import type { ExtraRoute } from './listen/http-listener.js';
import { type Logger, silentLogger } from './telemetry/logger.js';

export interface ExecServerOptions {
  /** Who may come in over HTTP; by default everybody who can reach the address. */
  readonly authenticator?: Authenticator | undefined;
  /** Values of `Origin` to let in; none by default, so that web pages are kept out. */
  readonly allowedOrigins?: readonly string[] | undefined;
  /** Host names to let in on a loopback address besides its own. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Numbers to use in place of the defaults in `limits.ts`. */
  readonly limits?: Partial<Limits> | undefined;
  /** Variables that processes may inherit, by their policy; those of this process by default. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** Where HTTP requests of clients may go; by default everywhere but to link-local addresses. */
  readonly outbound?: OutboundRules | undefined;
  /** Variables of `environment` that clients may put into headers of HTTP requests; by default all but known secrets. */
  readonly headerVariables?: readonly string[] | undefined;
  /** Nothing is logged by default. */
  readonly logger?: Logger | undefined;
}

export interface ListenOptions {
  /** IP address, `127.0.0.1` by default. */
  readonly host?: string | undefined;
  /** 0, the default, takes a free port. */
  readonly port?: number | undefined;
  /** Without an authenticator, an address that others can reach is refused unless this is true. */
  readonly allowUnauthenticated?: boolean | undefined;
  /** Further things on the same port, behind the same checks; none by default. The caller closes what they hold. */
  readonly routes?: readonly ExtraRoute[] | undefined;
}

export interface CheckedOptions {
  readonly authenticator: Authenticator | null;
  readonly allowedOrigins: readonly string[];
  readonly allowedHosts: readonly string[];
  readonly limits: Limits;
  readonly environment: ReadonlyMap<string, string>;
  readonly outbound: OutboundRules;
  readonly headerVariables: readonly string[] | null;
  readonly logger: Logger;
}

/**
 * Fills in the defaults.
 * @throws RangeError for a limit that is unknown, not a whole number above zero, or a time no timer can hold
 */
export function checkOptions(options: ExecServerOptions): CheckedOptions {
  return {
    authenticator: options.authenticator ?? null,
    allowedOrigins: options.allowedOrigins ?? [],
    allowedHosts: (options.allowedHosts ?? []).map((host) => host.toLowerCase()),
    limits: checkLimits(options.limits ?? {}),
    environment: toMap(options.environment ?? process.env),
    outbound: options.outbound ?? {},
    headerVariables: options.headerVariables ?? null,
    logger: options.logger ?? silentLogger,
  };
}

function checkLimits(overrides: Partial<Limits>): Limits {
  for (const [name, value] of Object.entries(overrides)) {
    if (!Object.hasOwn(defaultLimits, name)) throw new RangeError(`unknown limit \`${name}\``);
    if (!Number.isSafeInteger(value) || value < 1)
      throw new RangeError(`limit \`${name}\` must be a whole number above zero, not ${value}`);
    if (name.endsWith('Ms') && value > longestTimerMs)
      throw new RangeError(`limit \`${name}\` must be at most ${longestTimerMs} milliseconds, not ${value}`);
  }
  return { ...defaultLimits, ...overrides };
}

function toMap(variables: Readonly<Record<string, string | undefined>>): ReadonlyMap<string, string> {
  const entries = Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return new Map(entries);
}
