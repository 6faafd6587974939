import { readSync } from 'node:fs';
import { Socket } from 'node:net';
import type { OutputSource, StreamName } from './launch.js';

/** A cut takes at most this much, so that a writer that never stops cannot hold it up: the largest pipe Linux allows by default. */
const mostToCutBytes = 1024 * 1024;

/**
 * What one stream may take of a turn of the event loop. A loud program fills its pipe as fast as it is read, and the
 * library reads on for up to 2 MiB: meanwhile nobody else is served.
 */
const bytesPerTurn = 512 * 1024;

/** Reads one stream of output from a pipe, or from the socket Node made in its place. */
export class PipeSource implements OutputSource {
  readonly stream: StreamName;
  readonly #socket: Socket;
  /** The descriptor, for a last read past the event loop; null when it is not known. */
  readonly #descriptor: number | null;
  #onChunk: (chunk: Buffer) => void = () => undefined;
  #isPaused = false;
  #bytesThisTurn = 0;

  /** Takes ownership of the descriptor, or of the socket. */
  constructor(stream: StreamName, from: number | Socket) {
    this.stream = stream;
    this.#descriptor = typeof from === 'number' ? from : null;
    this.#socket = typeof from === 'number' ? new Socket({ fd: from, readable: true, writable: false }) : from;
    this.#socket.pause();
    this.#socket.on('error', () => undefined); // a broken pipe is its end: 'close' follows
  }

  open(onChunk: (chunk: Buffer) => void, onEnd: () => void): void {
    this.#onChunk = onChunk;
    if (this.#socket.closed) {
      onEnd();
      return;
    }
    this.#socket.once('close', onEnd);
    this.#socket.on('data', this.#read);
    this.#socket.resume();
  }

  pause(): void {
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#bytesThisTurn < bytesPerTurn) this.#socket.resume();
  }

  cut(): void {
    if (this.#socket.destroyed) return;
    this.#socket.removeListener('data', this.#read);
    for (let chunk = this.#socket.read() as Buffer | null; chunk; chunk = this.#socket.read() as Buffer | null) this.#onChunk(chunk);
    this.#readRest();
    this.#socket.destroy();
  }

  readonly #read = (chunk: Buffer): void => {
    if (this.#bytesThisTurn === 0) setImmediate(this.#beginTurn);
    this.#bytesThisTurn += chunk.length;
    if (this.#bytesThisTurn >= bytesPerTurn) this.#socket.pause();
    this.#onChunk(chunk);
  };

  readonly #beginTurn = (): void => {
    this.#bytesThisTurn = 0;
    if (!this.#isPaused) this.#socket.resume();
  };

  #readRest(): void {
    if (this.#descriptor === null) return;
    for (let left = mostToCutBytes; left > 0;) {
      const chunk = Buffer.allocUnsafe(Math.min(left, 64 * 1024));
      let length: number;
      try {
        length = readSync(this.#descriptor, chunk);
      } catch {
        return; // EAGAIN: empty, though somebody holds it open
      }
      if (length === 0) return;
      this.#onChunk(chunk.subarray(0, length));
      left -= length;
    }
  }
}
