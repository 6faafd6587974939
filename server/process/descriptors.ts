import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';

type Stdio = (number | 'pipe' | 'ignore')[];

/**
 * Descriptors of this process that a child would inherit: terminals' masters, which `node-pty` opens without
 * close-on-exec. Whoever holds a master can read and type in that terminal, so children must not get it.
 */
export class Descriptors {
  readonly #inheritable = new Set<number>();
  #empty: number | null = null;

  add(descriptor: number): void {
    this.#empty ??= openSync(devNull, 'r');
    this.#inheritable.add(descriptor);
  }

  /** Called before the descriptor is closed, so that its number is not covered when it means something else. */
  delete(descriptor: number): void {
    this.#inheritable.delete(descriptor);
    if (this.#inheritable.size === 0 && this.#empty !== null) {
      closeSync(this.#empty);
      this.#empty = null;
    }
  }

  /** The same stdio, with every inheritable descriptor replaced by an empty one in the child. */
  cover(standard: Stdio): Stdio {
    const stdio = [...standard];
    for (const descriptor of this.#inheritable) {
      while (stdio.length < descriptor) stdio.push('ignore');
      stdio[descriptor] = this.#empty ?? 'ignore';
    }
    return stdio;
  }
}
