import type { pino as Pino } from 'pino';
import { ownRequire } from '../own-require.js';

type Fields = Readonly<Record<string, unknown>>;

/** Structured log. Fields never hold bytes of streams, variables, tokens or headers. */
export interface Logger {
  debug(fields: Fields, message: string): void;
  info(fields: Fields, message: string): void;
  warn(fields: Fields, message: string): void;
  error(fields: Fields, message: string): void;
}

export const logLevels = ['silent', 'error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof logLevels)[number];

const nothing = (): void => undefined;

/** Keeps nothing: the default of the library. */
export const silentLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** JSON lines on stderr; stdout belongs to the protocol. The library is loaded for the first entry: most servers have none. */
export function createLogger(level: LogLevel): Logger {
  if (level === 'silent') return silentLogger;
  let log: Logger | null = null;
  const entry = (kind: keyof Logger): Logger[keyof Logger] => {
    if (logLevels.indexOf(kind) > logLevels.indexOf(level)) return nothing;
    return (fields, message) => {
      log ??= loadPino(level);
      log[kind](fields, message);
    };
  };
  return { debug: entry('debug'), info: entry('info'), warn: entry('warn'), error: entry('error') };
}

function loadPino(level: LogLevel): Logger {
  const { pino } = ownRequire('pino') as { readonly pino: typeof Pino };
  return pino({ level, base: { pid: process.pid } }, pino.destination({ fd: 2, sync: true }));
}
