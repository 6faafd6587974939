import { isAscii, isUtf8 } from 'node:buffer';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { Channel, ChannelListener, Limits } from '@exec-server/protocol';
import type { RawData, WebSocket } from 'ws';
import { unmaskFast } from './fast-unmask.js';
import { FrameMeter } from './frame-meter.js';

/**
 * A peer on a WebSocket. It cuts long messages into frames, sends what is said in one turn of the event loop in one
 * write, and finds out whether the peer still lives.
 */
export class WebSocketChannel implements Channel {
  readonly peer: string;
  readonly #socket: Socket;
  readonly #webSocket: WebSocket;
  readonly #limits: Limits;
  #isCorked = false;
  #isResponsive = true;
  #isClosing = false;
  #pingTimer: NodeJS.Timeout | null = null;
  #pongTimer: NodeJS.Timeout | null = null;
  #closeTimer: NodeJS.Timeout | null = null;
  /** When the peer was last heard, or last took something. */
  #lastSignMs = performance.now();
  #lastHeardMs = performance.now();
  /** When the ping was sent that `#pongTimer` waits for, and when it counts as missed. */
  #askedMs = 0;
  #pongDueMs = 0;
  #lastUnsentBytes = 0;

  /** Takes ownership of both; `webSocket` runs on `socket`. */
  constructor(webSocket: WebSocket, socket: Socket, limits: Limits) {
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.#limits = limits;
    this.peer = `exec-server websocket ${formatAddress(socket)}`;
  }

  get bufferedBytes(): number {
    return this.#webSocket.bufferedAmount;
  }

  get isResponsive(): boolean {
    return this.#isResponsive;
  }

  open(listener: ChannelListener): void {
    unmaskFast(this.#webSocket);
    const meter = new FrameMeter(this.#limits);
    // Before the library's own listener, so that a frame that is too large ends the connection without being read.
    this.#socket.prependListener('data', (bytes: Buffer) => {
      if (!meter.accept(bytes)) this.#socket.destroy();
      else this.#heard();
    });
    this.#socket.on('drain', () => {
      if (!this.#isClosing) listener.drained();
    });
    let failure: Error | undefined;
    this.#webSocket.on('message', (data, isBinary) => {
      if (!this.#isClosing) hear(listener, toBytes(data), isBinary);
    });
    this.#webSocket.on('error', (error) => (failure = error));
    this.#webSocket.once('close', () => {
      this.#stop();
      listener.closed(failure);
    });
    this.#pingTimer = setInterval(() => this.#ping(this.#limits.pongTimeoutMs), this.#limits.pingIntervalMs);
    this.#pingTimer.unref();
  }

  send(message: string | Uint8Array, sent?: () => void): void {
    if (this.#isClosing || this.#webSocket.readyState !== this.#webSocket.OPEN) return;
    this.#cork();
    const { outgoingFrameBytes } = this.#limits;
    // A character takes at most three bytes of UTF-8.
    if (message.length * (typeof message === 'string' ? 3 : 1) <= outgoingFrameBytes) {
      this.#webSocket.send(message, text, sent);
      return;
    }
    this.#sendFrames(typeof message === 'string' ? Buffer.from(message) : message, true, sent);
  }

  sendPieces(pieces: readonly Uint8Array[], sent?: () => void): void {
    if (this.#isClosing || this.#webSocket.readyState !== this.#webSocket.OPEN) return;
    this.#cork();
    const last = pieces.length - 1;
    for (const [at, piece] of pieces.entries()) this.#sendFrames(piece, at === last, at === last ? sent : undefined);
  }

  /** @param sent called when the last byte has left */
  #sendFrames(bytes: Uint8Array, isEnd: boolean, sent?: () => void): void {
    const { outgoingFrameBytes } = this.#limits;
    for (let at = 0; at < bytes.length; at += outgoingFrameBytes) {
      const isLast = at + outgoingFrameBytes >= bytes.length;
      this.#webSocket.send(bytes.subarray(at, at + outgoingFrameBytes), { binary: false, fin: isEnd && isLast }, isLast ? sent : undefined);
    }
  }

  probe(): void {
    this.#ping(this.#limits.probeTimeoutMs);
  }

  pause(): void {
    this.#webSocket.pause();
  }

  resume(): void {
    this.#webSocket.resume();
    this.#heard(); // what it said meanwhile was not read
  }

  close(graceMs = 0): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#uncork();
    if (graceMs === 0) {
      this.#webSocket.terminate();
      return;
    }
    // Without a close frame, as the base does. What the peer still sends is read, or it would lose what it has not.
    this.#webSocket.resume();
    this.#socket.end();
    this.#closeTimer = setTimeout(() => this.#webSocket.terminate(), graceMs);
  }

  /** Everything sent in this turn of the event loop leaves in one write. */
  #cork(): void {
    if (this.#isCorked) return;
    this.#isCorked = true;
    this.#socket.cork();
    process.nextTick(() => this.#uncork());
  }

  #uncork(): void {
    if (!this.#isCorked) return;
    this.#isCorked = false;
    this.#socket.uncork();
  }

  /** Asks for a pong within `timeoutMs`; drops a peer that has shown no life for too long. */
  #ping(timeoutMs: number): void {
    if (this.#webSocket.readyState !== this.#webSocket.OPEN || this.#isClosing) return;
    this.#noteProgress();
    // While reading is paused its answers are not heard; the ping lets the system find out that it is gone.
    if (!this.#webSocket.isPaused && performance.now() - this.#lastSignMs >= this.#limits.deadPeerMs) {
      this.#webSocket.terminate();
      return;
    }
    this.#webSocket.ping();
    if (!this.#webSocket.isPaused) this.#awaitPong(timeoutMs);
  }

  /** A ping that waits for its pong already keeps its time, so that asking again and again does not put off the decision. */
  #awaitPong(timeoutMs: number): void {
    const askedMs = performance.now();
    const isAwaited = this.#pongTimer !== null && this.#lastHeardMs < this.#askedMs;
    if (isAwaited && this.#pongDueMs <= askedMs + timeoutMs) return;
    if (this.#pongTimer) clearTimeout(this.#pongTimer);
    this.#askedMs = askedMs;
    this.#pongDueMs = askedMs + timeoutMs;
    this.#pongTimer = setTimeout(() => {
      this.#pongTimer = null;
      if (this.#lastHeardMs < askedMs) this.#isResponsive = false;
    }, timeoutMs);
    this.#pongTimer.unref();
  }

  #heard(): void {
    this.#isResponsive = true;
    this.#lastHeardMs = this.#lastSignMs = performance.now();
  }

  /** A peer that takes bytes lives, even if our ping is still in line behind them. */
  #noteProgress(): void {
    const unsentBytes = this.#socket.writableLength;
    if (unsentBytes < this.#lastUnsentBytes) this.#lastSignMs = performance.now();
    this.#lastUnsentBytes = unsentBytes;
  }

  #stop(): void {
    this.#isClosing = true;
    for (const timer of [this.#pingTimer, this.#pongTimer, this.#closeTimer]) if (timer) clearTimeout(timer);
  }
}

const text = { binary: false } as const;

/** From this size on a message is told as bytes, for those who want them. */
const fewestLongBytes = 32 * 1024;

function toBytes(data: RawData): Buffer {
  return Array.isArray(data) ? Buffer.concat(data) : data instanceof ArrayBuffer ? Buffer.from(data) : data;
}

/** Text is checked by the library; bytes that are no UTF-8 become text that is no JSON. */
function hear(listener: ChannelListener, bytes: Buffer, isBinary: boolean): void {
  if (!isAscii(bytes)) listener.message(isBinary && !isUtf8(bytes) ? '\uFFFD' : bytes.toString('utf8'));
  else if (bytes.length >= fewestLongBytes && listener.messageBytes) listener.messageBytes(bytes);
  else listener.message(bytes.toString('latin1')); // several times faster than UTF-8
}

function formatAddress({ remoteAddress = 'unknown', remoteFamily, remotePort = 0 }: Socket): string {
  return remoteFamily === 'IPv6' ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`;
}
