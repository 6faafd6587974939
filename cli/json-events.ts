import type { ProcessExit, RemoteProcess } from '@exec-server/client';
import { drained } from './local-streams.js';

/**
 * Prints the events of a process as JSON lines, beginning with its names; returns how it ended.
 * Output is in base64, because bytes need not be text.
 * @param drainMs how long to wait for output, and the close, after the exit while somebody else holds its streams open
 */
export async function printEvents(process: RemoteProcess, names: Readonly<Record<string, unknown>>, drainMs: number): Promise<ProcessExit> {
  print({ type: 'started', ...names });
  const output = printAll(process);
  output.catch(() => undefined); // awaited, unless somebody else holds the streams open
  return drained(process, output, drainMs);
}

async function printAll(process: RemoteProcess): Promise<void> {
  for await (const event of process) {
    const { type, seq, ...rest } = 'seq' in event ? event : { ...event, seq: undefined };
    if ('chunk' in rest) print({ type, seq, stream: rest.stream, base64: Buffer.from(rest.chunk).toString('base64') });
    else print({ type, seq, ...rest });
  }
}

function print(event: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}
