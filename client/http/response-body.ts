import { limits } from '@exec-server/protocol';
import { HttpBodyError } from '../errors.js';
import { OutputCredit } from '../flow/output-credit.js';
import { type Delta, DeltaOrder } from './delta-order.js';

export interface BodyListener {
  /** The server may send so much more. Only with credit. */
  granted(bytes: number): void;
  /** {@link ResponseBody.waitingBytes} or {@link ResponseBody.isStarving} may have changed. */
  waitingChanged(): void;
  /** Nothing more is taken from the server, which knows, or does not. */
  ended(isKnown: boolean): void;
}

/**
 * The body of one response on its way from the server to its reader: `open → ended`. It ends completely, or fails:
 * nothing that is missing passes for an end. It holds no reference to the stream it is read by, as long as nobody reads,
 * so that a stream that was let go of can be noticed.
 */
export class ResponseBody {
  readonly #listener: BodyListener;
  readonly #order = new DeltaOrder(
    (delta) => this.#take(delta),
    (reason) => this.fail(new HttpBodyError(`the body of the response is not complete: ${reason}`), false),
  );
  /** Null without a server that waits for its reader. */
  readonly #credit: OutputCredit | null;
  #queue: Uint8Array[] = [];
  #waitingBytes = 0;
  #end: { readonly error: Error | null } | null = null;
  /** What may still come although nobody wants it, in bytes; null while somebody may. */
  #unwantedBytes: number | null = null;
  #controller: WeakRef<ReadableByteStreamController> | null = null;
  /** Serves a read that is under way. */
  #serve: (() => void) | null = null;

  /** @param creditBytes what the server was told that it may send; null when it knows of no credit */
  constructor(listener: BodyListener, creditBytes: number | null) {
    this.#listener = listener;
    this.#credit = creditBytes === null ? null : new OutputCredit(creditBytes, creditBytes, (bytes) => listener.granted(bytes));
  }

  /** What the reader has still to take. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Somebody reads, and there is nothing. */
  get isStarving(): boolean {
    return this.#serve !== null;
  }

  /** The server waits for the reader. */
  get hasCredit(): boolean {
    return this.#credit !== null;
  }

  /** A piece has come from the server. */
  push(delta: Delta): void {
    if (this.#end === null) this.#order.push(delta);
  }

  /** The stream it is read by. Cancelling it gives the rest up. To be called once. */
  toStream(): ReadableStream<Uint8Array> {
    return new ReadableStream({
      type: 'bytes',
      start: (controller) => {
        this.#controller = new WeakRef(controller);
        this.#finish();
      },
      pull: (controller) => this.#pull(controller),
      cancel: () => {
        this.#controller = this.#serve = null;
        this.abandon();
      },
    });
  }

  /** It has failed; what has come before is still read first. @param isKnown whether the server sends no more of it */
  fail(error: Error, isKnown: boolean): void {
    this.#close(error, isKnown);
  }

  /** It has failed at once: what has come and was not read is dropped. */
  abort(error: Error): void {
    this.#queue = [];
    this.#close(error, false);
    this.#recount();
  }

  /** Nobody wants the rest. */
  abandon(): void {
    this.#queue = [];
    this.#close(null, false);
    this.#recount();
  }

  /** There should be nothing, or not much, to come, and nobody wants it: more than a little is given up. */
  drop(): void {
    this.#unwantedBytes = limits.unwantedBodyBytes;
    if (this.#waitingBytes > this.#unwantedBytes) this.abandon();
    this.#queue = [];
    this.#recount();
  }

  #take({ chunk, done, error }: Delta): void {
    if (this.#end) return;
    if (chunk.length > 0) this.#accept(chunk);
    if (!done || this.#end) return;
    this.#close(error === null ? null : new HttpBodyError(`the body of the response ended too early: ${error}`), true);
  }

  #accept(chunk: Uint8Array): void {
    if (this.#unwantedBytes !== null) {
      this.#unwantedBytes -= chunk.length;
      if (this.#unwantedBytes < 0) this.abandon();
      return;
    }
    this.#queue.push(chunk);
    this.#waitingBytes += chunk.length;
    this.#credit?.received(chunk.length);
    if (this.#credit && this.#waitingBytes > 2 * limits.bodyWindowBytes) {
      this.abort(new HttpBodyError('the server sent more of the body of the response than it was allowed to'));
      return;
    }
    this.#listener.waitingChanged();
    this.#serve?.();
  }

  #close(error: Error | null, isKnown: boolean): void {
    if (this.#end) return;
    this.#end = { error };
    this.#order.close();
    this.#listener.ended(isKnown);
    this.#finish();
  }

  #pull(controller: ReadableByteStreamController): Promise<void> | undefined {
    if (this.#hand(controller)) return undefined;
    return new Promise((resolve) => {
      this.#serve = () => {
        this.#serve = null;
        this.#hand(controller);
        resolve();
      };
      this.#listener.waitingChanged();
    });
  }

  /** Gives the reader the next piece, or the end. False when there is neither. */
  #hand(controller: ReadableByteStreamController): boolean {
    const chunk = this.#queue.shift();
    if (!chunk) return this.#conclude(controller);
    this.#waitingBytes -= chunk.length;
    // The stream takes the memory over, which must not be shared with others.
    controller.enqueue(chunk.byteLength === chunk.buffer.byteLength ? chunk : new Uint8Array(chunk));
    this.#listener.waitingChanged();
    if (this.#end) this.#conclude(controller);
    else this.#credit?.renew(this.#waitingBytes);
    return true;
  }

  /** Tells the end without waiting to be asked, once there is nothing before it. */
  #finish(): void {
    if (this.#serve) return this.#serve();
    const controller = this.#controller?.deref();
    if (controller && this.#end) this.#conclude(controller);
  }

  #conclude(controller: ReadableByteStreamController): boolean {
    if (!this.#end || this.#queue.length > 0) return false;
    this.#controller = null;
    if (this.#end.error) {
      controller.error(this.#end.error);
      return true;
    }
    controller.close();
    controller.byobRequest?.respond(0);
    return true;
  }

  #recount(): void {
    this.#waitingBytes = this.#queue.reduce((sum, { length }) => sum + length, 0);
    this.#listener.waitingChanged();
  }
}
