import { isAscii } from 'node:buffer';
import { type Channel, type ChannelListener, limits } from '@exec-server/protocol';
import { WebSocket } from 'ws';
import { CallTimeoutError, ConnectionRefusedError } from '../errors.js';

export interface WebSocketOptions {
  /** Sent as `Authorization: Bearer …`. */
  readonly token?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Longest time until the WebSocket is open, in milliseconds. */
  readonly connectTimeoutMs: number;
}

/**
 * Connects to a server over WebSocket. The caller closes the channel.
 * @throws ConnectionRefusedError when the server says no; CallTimeoutError; the system's error
 */
export function openWebSocketChannel(url: string, options: WebSocketOptions): Promise<Channel> {
  return new Promise((resolve, reject) => {
    const { token, signal, connectTimeoutMs } = options;
    const webSocket = new WebSocket(url, webSocketOptions(url, token));
    const settle = (settled: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      settled();
    };
    const fail = (error: unknown): void =>
      settle(() => {
        webSocket.on('error', () => undefined); // of a connection attempt that is given up
        webSocket.terminate();
        reject(error);
      });
    const abort = (): void => fail(signal?.reason);
    const timer = setTimeout(() => fail(new CallTimeoutError('connecting', connectTimeoutMs)), connectTimeoutMs);
    signal?.addEventListener('abort', abort);
    if (signal?.aborted) abort();
    webSocket.once('error', fail);
    webSocket.once('unexpected-response', (_request, response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => (text = (text + part).slice(0, 500)));
      response.on('end', () => fail(new ConnectionRefusedError(response.statusCode ?? 0, text)));
    });
    webSocket.once('open', () =>
      settle(() => {
        webSocket.removeListener('error', fail);
        resolve(new WebSocketChannel(webSocket, url));
      }),
    );
  });
}

function webSocketOptions(url: string, token: string | undefined) {
  return {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    perMessageDeflate: false,
    maxPayload: limits.maxMessageBytes,
    closeTimeout: limits.closeGraceMs,
    ...(isLoopback(url) ? { generateMask: (mask: Buffer) => mask.fill(0) } : {}),
  };
}

/** Masks protect proxies on the way from being fooled (RFC 6455, section 10.3); to the own machine there are none. */
function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d+){3}$/.test(hostname);
}

class WebSocketChannel implements Channel {
  readonly peer: string;
  readonly #webSocket: WebSocket;
  #isResponsive = true;
  #isClosed = false;
  #heardSincePing = true;
  #pingTimer: NodeJS.Timeout | null = null;

  constructor(webSocket: WebSocket, url: string) {
    this.#webSocket = webSocket;
    this.peer = url;
  }

  get bufferedBytes(): number {
    return this.#webSocket.bufferedAmount;
  }

  get isResponsive(): boolean {
    return this.#isResponsive;
  }

  open(listener: ChannelListener): void {
    let failure: Error | undefined;
    const heard = (): void => {
      this.#heardSincePing = true;
      this.#isResponsive = true;
    };
    this.#webSocket.on('message', (data: Buffer) => {
      heard();
      // Nearly everything large is base64, which is cheaper to read as what it is.
      if (!this.#isClosed) listener.message(data.toString(isAscii(data) ? 'latin1' : 'utf8'));
    });
    this.#webSocket.on('pong', heard);
    this.#webSocket.on('ping', heard);
    this.#webSocket.on('error', (error) => (failure = error));
    this.#webSocket.once('close', () => {
      this.#stop();
      listener.closed(failure);
    });
    this.#pingTimer = setInterval(() => this.#ping(), limits.clientPingIntervalMs);
    this.#pingTimer.unref();
  }

  send(message: string | Uint8Array): void {
    if (this.#isClosed || this.#webSocket.readyState !== WebSocket.OPEN) return;
    if (message.length * 3 <= limits.outgoingFrameBytes) {
      this.#webSocket.send(message, { binary: false });
      return;
    }
    const bytes = typeof message === 'string' ? Buffer.from(message) : message;
    for (let at = 0; at < bytes.length; at += limits.outgoingFrameBytes) {
      const fin = at + limits.outgoingFrameBytes >= bytes.length;
      this.#webSocket.send(bytes.subarray(at, at + limits.outgoingFrameBytes), { binary: false, fin });
    }
  }

  probe(): void {
    this.#webSocket.ping();
  }

  pause(): void {
    this.#webSocket.pause();
  }

  resume(): void {
    this.#heardSincePing = true; // what came meanwhile was not read
    this.#webSocket.resume();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#webSocket.resume();
    if (this.#webSocket.bufferedAmount === 0 && this.#isResponsive) this.#webSocket.close(1000);
    else this.#webSocket.terminate();
  }

  /** A server that has shown no life since the last ping is given up. */
  #ping(): void {
    if (this.#webSocket.isPaused || this.#webSocket.readyState !== WebSocket.OPEN) return;
    if (!this.#heardSincePing) {
      this.#isResponsive = false;
      this.#webSocket.terminate();
      return;
    }
    this.#heardSincePing = false;
    this.#webSocket.ping();
  }

  #stop(): void {
    this.#isClosed = true;
    if (this.#pingTimer) clearInterval(this.#pingTimer);
  }
}
