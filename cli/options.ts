import { longestTimerMs } from '@exec-server/protocol';
import { type Command, InvalidArgumentError, Option } from 'commander';

/** A whole number of at least `least` and at most `most`; without it, larger ones than the machine can count mean "very many". */
export function wholeNumber(least: number, most = Infinity): (text: string) => number {
  return (text) => {
    const isLarge = Number(text) > most;
    if (!/^\d+$/.test(text) || Number(text) < least || isLarge)
      throw new InvalidArgumentError(`It must be a whole number of at ${isLarge ? `most ${most}` : `least ${least}`}.`);
    return Math.min(Number(text), Number.MAX_SAFE_INTEGER);
  };
}

/** Seconds, with decimals or without, as milliseconds: at least one, and no more than a timer can hold. */
export function seconds(text: string): number {
  const ms = Math.ceil(Number(text) * 1_000);
  if (!/^(?:\d+\.?\d*|\.\d+)$/.test(text) || ms < 1 || ms > longestTimerMs)
    throw new InvalidArgumentError(`It must be a number of seconds above 0 and at most ${Math.floor(longestTimerMs / 1_000)}.`);
  return ms;
}

/** Collects an option that may be given several times. */
export function collect(text: string, earlier: readonly string[] = []): string[] {
  return [...earlier, text];
}

/** Collects an option that sets a variable and may be given several times. */
export function collectVariable(text: string, earlier: Readonly<Record<string, string>>): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It must be NAME=VALUE.');
  return { ...earlier, [text.slice(0, at)]: text.slice(at + 1) };
}

/** How to reach a server, as flags over variables of the environment. */
export interface ServerFlags {
  readonly url?: string | undefined;
  readonly tokenFile?: string | undefined;
  readonly session?: string | undefined;
}

export function addServerOptions(command: Command): Command {
  return command
    .addOption(new Option('--url <URL>', 'server, such as ws://127.0.0.1:4711').env('EXEC_SERVER_URL'))
    .addOption(
      new Option('--token-file <FILE>', 'file with the token for the server; or put the token itself into EXEC_SERVER_TOKEN').env(
        'EXEC_SERVER_TOKEN_FILE',
      ),
    )
    .addOption(new Option('--session <ID>', 'session that another command has left; keep its id secret').env('EXEC_SERVER_SESSION'));
}
