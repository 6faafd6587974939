import type { ServerRequestKind } from './upstream/config.js';
import type { Outcome } from './upstream/peer.js';
import { splitObject, stringOf } from './wire/json-text.js';

/** What a caller said at its handshake, or with its request, that it can do. */
export interface CallerCapabilities {
  readonly sampling: boolean;
  readonly roots: boolean;
  readonly elicitation: { readonly form: boolean; readonly url: boolean };
  /** The same as JSON text, with everything else it said. */
  readonly text: string;
}

/** Who makes calls: a legacy session, or a modern request by itself. */
export interface Caller {
  /** The same for all calls of one session. */
  readonly key: string;
  /** Null for a caller without a session. */
  readonly sessionId: string | null;
  readonly era: 'legacy' | 'modern';
  readonly capabilities: CallerCapabilities;
  /** Least severe level of log messages it wants; null when it never said. */
  readonly logLevel: LogLevel | null;
  /** A session as a call that lasts as long as it does; null for a caller without a session. */
  readonly lasting: Call | null;
}

/** A request of a caller that is being worked on. */
export interface Call {
  readonly caller: Caller;
  /** Aborts when nobody wants the answer any more. */
  readonly signal: AbortSignal;
  /** Whether the caller reads the stream of this call now, or will when there is something on it. */
  readonly isHeard: boolean;
  /** Delivers a notification that belongs to the call, as a whole message. */
  notify(text: string): void;
  /**
   * Asks the caller on behalf of an upstream and resolves with its answer. Never rejects.
   * @param signal the upstream has taken its question back
   */
  ask(method: string, params: string | null, signal: AbortSignal): Promise<Outcome>;
  /** An upstream has asked for something the caller has not declared; a caller without a session is told so, and its call ends. */
  lacksCapability(required: string): void;
}

/** From the most talkative to the most severe. */
export const logLevels = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'] as const;
export type LogLevel = (typeof logLevels)[number];

export function isLogLevel(value: unknown): value is LogLevel {
  return logLevels.includes(value as LogLevel);
}

/** Whether a message of `level` is to be delivered to somebody who wants `least` and above. An unknown level passes. */
export function passesLevel(level: string | undefined, least: LogLevel): boolean {
  const rank = logLevels.indexOf(level as LogLevel);
  return rank < 0 || rank >= logLevels.indexOf(least);
}

/** Reads the capabilities of a client. @param text JSON text of an object */
export function readCapabilities(text: string): CallerCapabilities {
  const declared = JSON.parse(text) as Readonly<Record<string, unknown>>;
  const elicitation = declared['elicitation'];
  const modes = isObject(elicitation) ? elicitation : null;
  const hasNoModes = modes !== null && !('form' in modes) && !('url' in modes);
  return {
    sampling: isObject(declared['sampling']),
    roots: isObject(declared['roots']),
    elicitation: { form: modes !== null && (hasNoModes || 'form' in modes), url: modes !== null && 'url' in modes },
    text,
  };
}

/** The feature that a request of an upstream uses; null for a request that callers do not know. */
export function featureOf(method: string): ServerRequestKind | null {
  if (method === 'sampling/createMessage') return 'sampling';
  if (method === 'elicitation/create') return 'elicitation';
  return method === 'roots/list' ? 'roots' : null;
}

/** The capability that a caller would need for a request, as JSON text; null when it has it. @param params JSON text of an object */
export function findMissingCapability(capabilities: CallerCapabilities, feature: ServerRequestKind, params: string | null): string | null {
  if (feature !== 'elicitation') return capabilities[feature] ? null : `{"${feature}":{}}`;
  const isUrl = params !== null && stringOf(splitObject(params).get('mode')) === 'url';
  if (isUrl) return capabilities.elicitation.url ? null : '{"elicitation":{"url":{}}}';
  return capabilities.elicitation.form ? null : '{"elicitation":{"form":{}}}';
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
