import type { Limits } from '@exec-server/protocol';
import type { OutputRetention, WhenFull } from './launch.js';
import { headBytes } from './output-entries.js';

/** Node reads pipes in pieces of up to this size. */
const largestReadBytes = 64 * 1024;

export interface OutputLogLimits {
  /** Retained output, in memory and on disk together. */
  readonly maxBytes: number;
  /** Output in memory; above it the oldest is moved to disk. */
  readonly maxMemoryBytes: number;
  /** Output in memory while the disk is slow or fails; above it the log is full. */
  readonly maxUnwrittenBytes: number;
  /** Output that nobody has got, counted as it takes part in an answer; above it the log is full. */
  readonly maxUndeliveredBytes: number;
  /** Output that goes to disk as one. */
  readonly blockBytes: number;
  readonly whenFull: WhenFull;
}

/** The limits of one process on a server. */
export function outputLimits({ spillBytes, whenFull }: OutputRetention, limits: Limits): OutputLogLimits {
  return {
    maxBytes: spillBytes ?? limits.retainedOutputBytes,
    maxMemoryBytes: limits.outputMemoryBytes,
    maxUnwrittenBytes: limits.unwrittenOutputBytes,
    maxUndeliveredBytes: spillBytes === null ? limits.undeliveredOutputBytes : Infinity,
    blockBytes: slotBytes(limits),
    whenFull,
  };
}

/** What a slot of the spill file holds: a block, or the largest chunk. */
export function slotBytes({ spillBlockBytes, outputChunkBytes }: Limits): number {
  return Math.max(spillBlockBytes, outputChunkBytes, largestReadBytes) + headBytes;
}
