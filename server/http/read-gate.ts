import type { Socket } from 'node:net';
import type { InterimFilter } from './interim-filter.js';

/**
 * Stands between a socket and the HTTP library, which reads with `read` when there is a `readable` and with nothing else.
 * While it is shut the library finds nothing to read, so that the network holds the server back. The library's own way to
 * pause is not used: it breaks the process when a connection ends meanwhile.
 */
export class ReadGate {
  readonly #socket: Socket;
  #isShut = false;
  #failure: Error | null = null;

  /** Takes the place of the socket's `read`. */
  constructor(socket: Socket, filter: InterimFilter) {
    this.#socket = socket;
    const read = socket.read.bind(socket) as (size?: number) => Buffer | null;
    socket.read = (size) => {
      for (;;) {
        const piece = this.#isShut ? null : read(size);
        const passed = piece && filter.pass(piece);
        if (passed || !piece) return passed;
      }
    };
    // Before the library's own listener, which takes a reset for the end of a body whose length was not told.
    socket.prependListener('error', (error) => (this.#failure = error));
  }

  /** What has broken the connection; null while nothing has. */
  get failure(): Error | null {
    return this.#failure;
  }

  /** Nothing is read any more. What was read already may still be told. */
  shut(): void {
    this.#isShut = true;
  }

  /** Reading goes on, after what is being done now: the library must not be called while it calls. */
  open(): void {
    if (!this.#isShut) return;
    this.#isShut = false;
    process.nextTick(() => {
      if (!this.#isShut && !this.#socket.destroyed) this.#socket.emit('readable');
    });
  }
}
