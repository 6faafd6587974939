import type { RemoteProcess } from '@exec-server/client';

/**
 * Prints the events of a process as JSON lines, beginning with its names; returns the exit code.
 * Output is in base64, because bytes need not be text.
 */
export async function printEvents(process: RemoteProcess, names: Readonly<Record<string, unknown>>): Promise<number> {
  print({ type: 'started', ...names });
  for await (const event of process) {
    const { type, seq, ...rest } = 'seq' in event ? event : { ...event, seq: undefined };
    if ('chunk' in rest) print({ type, seq, stream: rest.stream, base64: Buffer.from(rest.chunk).toString('base64') });
    else print({ type, seq, ...rest });
  }
  return (await process.closed).exitCode;
}

function print(event: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}
