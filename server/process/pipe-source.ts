import { readSync } from 'node:fs';
import { Socket } from 'node:net';
import type { OutputSource, StreamName } from './launch.js';

/** A cut takes at most this much, so that a writer that never stops cannot hold it up: the largest pipe Linux allows by default. */
const mostToCutBytes = 1024 * 1024;

/** Reads one stream of output from a pipe, or from the socket Node made in its place. */
export class PipeSource implements OutputSource {
  readonly stream: StreamName;
  readonly #socket: Socket;
  /** The descriptor, for a last read past the event loop; null when it is not known. */
  readonly #descriptor: number | null;
  #onChunk: (chunk: Buffer) => void = () => undefined;

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
    this.#socket.on('data', onChunk);
    this.#socket.resume();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  cut(): void {
    if (this.#socket.destroyed) return;
    this.#socket.removeListener('data', this.#onChunk);
    for (let chunk = this.#socket.read() as Buffer | null; chunk; chunk = this.#socket.read() as Buffer | null) this.#onChunk(chunk);
    this.#readRest();
    this.#socket.destroy();
  }

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
