type Fields = Readonly<Record<string, unknown>>;

/** Where the gateway tells what happens. Fields never hold arguments, results, tokens, or values of variables and headers. */
export interface GatewayLog {
  debug(fields: Fields, message: string): void;
  info(fields: Fields, message: string): void;
  warn(fields: Fields, message: string): void;
  error(fields: Fields, message: string): void;
}

const nothing = (): void => undefined;

/** Keeps nothing. */
export const silentLog: GatewayLog = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** The message of whatever was thrown. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error && !error.message.includes(cause.message) ? `${error.message}: ${reasonOf(cause)}` : error.message;
}
