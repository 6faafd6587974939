import { readSync } from 'node:fs';
import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';
import type { OutputSource, StreamName } from './launch.js';
import { readBuffer } from './read-buffer.js';

/** A cut takes at most this much, so that a writer that never stops cannot hold it up: the largest pipe Linux allows by default. */
const mostToCutBytes = 1024 * 1024;

/**
 * What one stream may take of a turn of the event loop. A loud program fills its pipe as fast as it is read, and the
 * library reads on for up to 2 MiB: meanwhile nobody else is served.
 */
const bytesPerTurn = 512 * 1024;

/** Reads one stream of output from a pipe, without a buffer for each piece; or from the socket Node made in its place. */
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
    this.#socket = typeof from === 'number' ? this.#openPipe(from) : from;
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
    if (this.#descriptor === null) this.#socket.on('data', this.#read);
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

  #openPipe(fd: number): Socket {
    const callback = (length: number): boolean => {
      this.#read(readBuffer.subarray(0, length));
      return true;
    };
    const options: SocketConstructorOpts & { onread: OnReadOpts } = {
      fd,
      readable: true,
      writable: false,
      onread: { buffer: readBuffer, callback },
    };
    return new Socket(options);
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
      let length: number;
      try {
        length = readSync(this.#descriptor, readBuffer);
      } catch {
        return; // EAGAIN: empty, though somebody holds it open
      }
      if (length === 0) return;
      this.#onChunk(readBuffer.subarray(0, length));
      left -= length;
    }
  }
}
