import type { Socket } from 'node:net';
import type { Client, Dispatcher } from 'undici';
import type { Outbound } from './http-call.js';
import { InterimFilter } from './interim-filter.js';
import { compilePlainly } from './plain-wasm.js';
import { ReadGate } from './read-gate.js';
import { ownRequire } from '../own-require.js';

/** The part of the library that is used, loaded with the first request: all of it would delay every start of a server. */
function loadClient(): typeof Client {
  return ownRequire('undici/lib/dispatcher/client.js') as typeof Client;
}
let ClientClass: typeof Client | null = null;
/** The library compiles its parser when it gets its first connection. */
let hasParser = false;

/** Makes a connection. @returns ends the attempt, or the connection */
export type Connect = (done: (error: Error | null, socket: Socket | null) => void) => () => void;

/** Where a message goes and how it gets there. */
export interface Route {
  /** Connections of the same key carry messages for each other. */
  readonly key: string;
  /** Scheme, host and port of what is at the other end of the connection. */
  readonly origin: string;
  readonly connect: Connect;
}

export interface LineOptions {
  /** A connection that does nothing is kept so long, in milliseconds. */
  readonly idleMs: number;
  /** Largest head of a response, in bytes. */
  readonly headBytes: number;
}

/** One connection, from before it is made until it is broken. */
export class Line {
  readonly key: string;
  readonly #client: Client;
  readonly #filter: InterimFilter;
  #gate: ReadGate | null = null;
  #disconnect: (() => void) | null = null;
  #isClosed = false;

  /** @param onGone the connection has ended */
  constructor({ key, origin, connect }: Route, { idleMs, headBytes }: LineOptions, onGone: () => void) {
    this.key = key;
    this.#filter = new InterimFilter(headBytes);
    ClientClass ??= loadClient();
    this.#client = new ClientClass(origin, {
      pipelining: 1,
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: idleMs,
      keepAliveMaxTimeout: idleMs,
      maxHeaderSize: headBytes,
      connect: (_target, done) => {
        this.#disconnect = connect((error, socket) => {
          if (socket) this.#connected(socket, () => done(null, socket));
          else done(error ?? new Error('not connected'), null);
        });
      },
    });
    this.#client.on('disconnect', onGone);
  }

  /** What has broken the connection; null while nothing has. */
  get failure(): Error | null {
    return this.#gate?.failure ?? null;
  }

  dispatch({ method, target, headers, body }: Outbound, handler: Dispatcher.DispatchHandler): void {
    this.#filter.restart();
    this.#client.dispatch({ method, path: target, headers, body, reset: false }, handler);
  }

  /** Nothing more is read until {@link resume}; what was read already is still told. */
  pause(): void {
    this.#gate?.shut();
  }

  resume(): void {
    this.#gate?.open();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#disconnect?.(); // the library forgets a connection that is still being made
    this.#client.destroy(null, () => undefined);
  }

  #connected(socket: Socket, pass: () => void): void {
    this.#gate = new ReadGate(socket, this.#filter);
    if (hasParser) {
      pass();
      return;
    }
    hasParser = true;
    compilePlainly(pass);
  }
}
