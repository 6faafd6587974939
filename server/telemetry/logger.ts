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

/** JSON lines on stderr; stdout belongs to the protocol. */
export async function createLogger(level: LogLevel): Promise<Logger> {
  if (level === 'silent') return silentLogger;
  const { pino } = await import('pino'); // whoever does not log does not pay for it
  const log: Logger = pino({ level, base: { pid: process.pid } }, pino.destination({ fd: 2, sync: true }));
  return log;
}
