import type { LineListener, LineProcess, LineProcessEnd } from './line-process.js';

const abandoned = new FinalizationRegistry<LineProcess>((process) => void process.terminate());

/**
 * Hands what a program tells to a listener without keeping it alive: once nobody can reach the listener's owner any more,
 * the program is killed. While an answer is owed to the owner it is kept alive.
 */
export class Interest implements LineListener {
  readonly #listener: WeakRef<LineListener>;
  #kept: LineListener | null = null;

  constructor(listener: LineListener) {
    this.#listener = new WeakRef(listener);
  }

  /** Kills the program when the owner is garbage. The owner has to hold its listener. */
  static watch(owner: object, process: LineProcess): void {
    abandoned.register(owner, process, owner);
  }

  /** The program has ended. */
  static unwatch(owner: object): void {
    abandoned.unregister(owner);
  }

  /** Whether the owner waits for something. */
  set isAwaited(isAwaited: boolean) {
    this.#kept = isAwaited ? (this.#listener.deref() ?? null) : null;
  }

  line(line: Uint8Array): void | Promise<void> {
    return this.#reach().line(line);
  }

  stderrLine(line: string): void {
    this.#reach().stderrLine(line);
  }

  ended(end: LineProcessEnd): void {
    this.#listener.deref()?.ended(end);
    this.#kept = null;
  }

  #reach(): LineListener {
    const listener = this.#listener.deref();
    if (!listener) throw new Error('nobody listens any more');
    return listener;
  }
}
