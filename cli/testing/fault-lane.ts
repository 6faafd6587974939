import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { FaultDirection } from './fault-direction.js';

/** Bytes of one connection and direction that may wait here; above it the sender is not read. */
const queueBytes = 64 * 1024;
/** The same while there is a delay: a line holds what is under way. */
const delayedQueueBytes = 4 * 1024 * 1024;
/** A throttled line passes on what it may in this time, in milliseconds, at once. */
const throttleTurnMs = 20;

/** One direction of one connection: passes bytes on in order, no faster than the receiver and the direction's faults allow. */
export class FaultLane {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #direction: FaultDirection;
  readonly #queue: { bytes: Buffer; readonly dueMs: number }[] = [];
  #queuedBytes = 0;
  /** How the sender has ended: with its last byte, or broken off. */
  #end: 'finished' | 'broken' | null = null;
  #isConcluded = false;
  /** A trap is about to be sprung, or the piece before has to leave first. */
  #isHeld = false;
  #isReceiverFull = false;
  #nextMs = 0;
  #timer: NodeJS.Timeout | null = null;
  #isStopped = false;

  /** The owner of the sockets ends them. */
  constructor(from: Socket, to: Socket, direction: FaultDirection) {
    this.#from = from;
    this.#to = to;
    this.#direction = direction;
    from.on('data', (bytes: Buffer) => this.#push(bytes));
    from.once('end', () => this.#senderEnded('finished'));
    from.once('close', () => this.#senderEnded('broken'));
    to.on('drain', () => {
      this.#isReceiverFull = false;
      this.#flush();
    });
    to.once('close', () => this.stop());
    this.#flush();
  }

  /** The faults of the direction have changed. */
  update(): void {
    this.#flush();
  }

  /** The receiver sees the end after what has been passed on; whatever else the sender has to say is dropped. */
  halfClose(): void {
    if (this.#isStopped || this.#isConcluded) return;
    this.#isConcluded = true;
    this.#dropQueue();
    this.#to.end();
    this.#flush();
  }

  /** Passes nothing on any more. */
  stop(): void {
    this.#isStopped = true;
    this.#dropQueue();
  }

  get #isBlocked(): boolean {
    return this.#direction.isStalled || this.#isHeld || this.#isReceiverFull;
  }

  #push(bytes: Buffer): void {
    if (this.#isStopped || this.#isConcluded) return;
    this.#queue.push({ bytes, dueMs: performance.now() + (this.#direction.shape.delayMs ?? 0) });
    this.#queuedBytes += bytes.length;
    this.#flush();
  }

  #senderEnded(how: 'finished' | 'broken'): void {
    this.#end ??= how;
    this.#flush();
  }

  #flush(): void {
    while (!this.#isStopped && !this.#isBlocked) {
      const head = this.#queue[0];
      if (!head) {
        this.#conclude();
        break;
      }
      const waitMs = Math.max(head.dueMs, this.#nextMs) - performance.now();
      if (waitMs > 0) {
        this.#wakeIn(waitMs);
        break;
      }
      this.#passOn(this.#takePiece(head));
    }
    this.#readOrNot();
  }

  #takePiece(head: { bytes: Buffer }): Buffer {
    const { pieceBytes = Infinity, bytesPerSecond = Infinity } = this.#direction.shape;
    const turnBytes = Math.max(1, Math.floor((bytesPerSecond * throttleTurnMs) / 1_000));
    const piece = head.bytes.subarray(0, Math.min(pieceBytes, turnBytes, this.#direction.room));
    if (piece.length === head.bytes.length) this.#queue.shift();
    else head.bytes = head.bytes.subarray(piece.length);
    this.#queuedBytes -= piece.length;
    this.#nextMs = Math.max(this.#nextMs, performance.now()) + (piece.length / bytesPerSecond) * 1_000;
    return piece;
  }

  #passOn(piece: Buffer): void {
    const due = this.#direction.pass(piece.length);
    const goOn = (): void => {
      for (const spring of due) spring();
      this.#isHeld = false;
      this.#flush();
    };
    this.#isHeld = due.length > 0 || this.#direction.shape.pieceBytes !== undefined;
    // A piece leaves before the next one is written; one with a trap behind it leaves before that is sprung.
    this.#isReceiverFull = !this.#to.write(piece, this.#isHeld ? () => setImmediate(goOn) : undefined);
  }

  #conclude(): void {
    if (this.#end === null || this.#isConcluded) return;
    this.#isConcluded = true;
    if (this.#end === 'finished') this.#to.end();
    else this.#to.destroySoon();
  }

  #readOrNot(): void {
    if (this.#isStopped) return;
    const most = (this.#direction.shape.delayMs ?? 0) > 0 ? delayedQueueBytes : queueBytes;
    if (this.#isBlocked || this.#queuedBytes >= most) this.#from.pause();
    else this.#from.resume();
  }

  #wakeIn(waitMs: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#flush();
    }, waitMs);
  }

  #dropQueue(): void {
    this.#queue.length = 0;
    this.#queuedBytes = 0;
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
