import { isUtf8 } from 'node:buffer';
import { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { type Channel, type ChannelListener, limits, LineSplitter } from '@exec-server/protocol';

/** A peer at the other end of two streams, such as stdin and stdout: one message a line, blank lines are skipped. */
export class StdioChannel implements Channel {
  readonly peer = 'exec-server stdio';
  readonly isResponsive = true;
  readonly #input: Readable;
  readonly #output: Writable;
  readonly #lines: LineSplitter;
  #listener: ChannelListener | null = null;
  #isClosed = false;

  constructor(input: Readable, output: Writable, maxMessageBytes: number = limits.maxMessageBytes) {
    this.#input = input;
    this.#output = output;
    this.#lines = new LineSplitter(maxMessageBytes);
  }

  get bufferedBytes(): number {
    // Below its own mark the stream does not tell when it has drained, so that nobody may wait for it.
    return this.#output.writableNeedDrain ? this.#output.writableLength : 0;
  }

  open(listener: ChannelListener): void {
    this.#listener = listener;
    this.#output.on('drain', () => listener.drained());
    this.#output.on('error', (error) => this.#end(error));
    this.#input.on('data', (bytes: Buffer) => this.#split(bytes));
    this.#input.once('error', (error) => this.#end(error));
    this.#input.once('end', () => this.#end());
  }

  send(message: string | Uint8Array, sent: () => void = () => undefined): void {
    this.#write([message], sent);
  }

  sendPieces(pieces: readonly Uint8Array[], sent: () => void = () => undefined): void {
    this.#write(pieces, sent);
  }

  probe(): void {}

  pause(): void {
    this.#input.pause();
  }

  resume(): void {
    this.#input.resume();
  }

  close(): void {
    this.#end();
  }

  #write(pieces: readonly (string | Uint8Array)[], sent: () => void): void {
    if (this.#isClosed) return;
    this.#output.cork();
    for (const piece of pieces) this.#output.write(this.#lasting(piece));
    this.#output.write('\n', () => sent());
    process.nextTick(() => this.#output.uncork());
  }

  /** The system is done with what a socket has taken. Other streams, such as those in memory, may hand on the very bytes they were given. */
  #lasting(piece: string | Uint8Array): string | Uint8Array {
    return typeof piece === 'string' || this.#output instanceof Socket ? piece : Buffer.from(piece);
  }

  #split(bytes: Buffer): void {
    try {
      this.#lines.push(bytes, (line) => this.#deliver(line));
    } catch (error) {
      this.#end(error as Error);
    }
  }

  #deliver(line: Uint8Array): void {
    const text = isUtf8(line) ? Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('utf8') : '\uFFFD';
    if (text.trim() !== '' && !this.#isClosed) this.#listener?.message(text);
  }

  #end(error?: Error): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#input.pause();
    this.#listener?.closed(error);
  }
}
