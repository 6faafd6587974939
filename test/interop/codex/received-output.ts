import { createHash } from 'node:crypto';
import type { TappedMessage } from './wire-tap.js';

interface Chunk {
  readonly seq: number;
  readonly chunk: string;
}

/** What has gone to the client of a process, notifications and answers to reads taken together. */
export interface ReceivedOutput {
  readonly bytes: number;
  readonly sha256: string;
  /** The same bytes by the connection they came over first, counted from 1. */
  readonly bytesByConnection: ReadonlyMap<number, number>;
  /** Null as long as the client has not been told. */
  readonly exitCode: number | null;
}

/** Of the only process there is. */
export function receivedOutput(messages: readonly TappedMessage[]): ReceivedOutput {
  const chunks = new Map<number, { readonly bytes: Buffer; readonly connection: number }>();
  let exitCode: number | null = null;
  for (const { connection, direction, method, params, result } of messages) {
    if (direction !== 'toClient') continue;
    const read = (result ?? {}) as { readonly chunks?: readonly Chunk[]; readonly exitCode?: number | null };
    const said = method === 'process/output' ? [params as unknown as Chunk] : [];
    for (const { seq, chunk } of [...(read.chunks ?? []), ...said]) {
      if (!chunks.has(seq)) chunks.set(seq, { bytes: Buffer.from(chunk, 'base64'), connection });
    }
    exitCode ??= method === 'process/exited' ? Number(params?.['exitCode']) : (read.exitCode ?? null);
  }
  const hash = createHash('sha256');
  const bytesByConnection = new Map<number, number>();
  let total = 0;
  for (const [, { bytes, connection }] of [...chunks].toSorted(([a], [b]) => a - b)) {
    hash.update(bytes);
    total += bytes.length;
    bytesByConnection.set(connection, (bytesByConnection.get(connection) ?? 0) + bytes.length);
  }
  return { bytes: total, sha256: hash.digest('hex'), bytesByConnection, exitCode };
}
