import { closeSync, constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import type { InputSink } from './launch.js';

const firstPauseMs = 1;
const longestPauseMs = 250;

/** Writes to a child's stdin: a named pipe, or the socket Node made in its place. */
export class PipeSink implements InputSink {
  readonly staysOpen = false;
  readonly #socket: Socket;
  /** The descriptor of a named pipe; null for Node's socket. */
  readonly #descriptor: number | null;
  #ending: EndedPipe | null = null;

  /** Takes ownership of the descriptor, or of the socket. */
  constructor(to: number | Socket) {
    this.#descriptor = typeof to === 'number' ? to : null;
    this.#socket = typeof to === 'number' ? new Socket({ fd: to, readable: false, writable: true }) : to;
    this.#socket.on('error', () => undefined); // the write's callback gets it as well
  }

  write(bytes: Uint8Array, done: (error?: Error) => void): void {
    this.#socket.write(bytes, (error) => done(error ?? undefined));
  }

  end(): void {
    if (this.#socket.destroyed) return;
    if (this.#descriptor !== null && process.platform === 'linux') this.#ending = EndedPipe.watch(this.#descriptor);
    this.#socket.destroy(); // everything has been written
  }

  close(): void {
    this.#ending?.close();
    this.#ending = null;
    this.#socket.destroy();
  }
}

/**
 * A named pipe after its end of file. Whoever opens it from now on, as `cat /dev/stdin` does on Linux, waits for a
 * writer that never comes, which a pipe without a name would spare them. So a writer comes and goes, now and then, for
 * as long as the child lives: the waiting open returns and reads the end of file.
 */
class EndedPipe {
  readonly #reader: number;
  #timer: NodeJS.Timeout;

  /** Null when there is no descriptor to spare: the end of file itself goes before. */
  static watch(writer: number): EndedPipe | null {
    const reader = openAgain(writer, constants.O_RDONLY);
    return reader === null ? null : new EndedPipe(reader);
  }

  private constructor(reader: number) {
    this.#reader = reader;
    this.#timer = this.#schedule(firstPauseMs);
  }

  close(): void {
    clearTimeout(this.#timer);
    closeSync(this.#reader);
  }

  #schedule(pauseMs: number): NodeJS.Timeout {
    const timer = setTimeout(() => {
      const writer = openAgain(this.#reader, constants.O_WRONLY);
      if (writer !== null) closeSync(writer);
      this.#timer = this.#schedule(Math.min(pauseMs * 2, longestPauseMs));
    }, pauseMs);
    timer.unref();
    return timer;
  }
}

/** Another descriptor of the same pipe; null when this process may have no more. */
function openAgain(descriptor: number, mode: number): number | null {
  try {
    return openSync(`/proc/self/fd/${descriptor}`, mode | constants.O_NONBLOCK);
  } catch {
    return null;
  }
}
