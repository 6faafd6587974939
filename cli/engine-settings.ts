import { setFlagsFromString } from 'node:v8';

/**
 * Settings of V8 for a process that does nothing but serve; before the code that serves has run for long. `bench/input`
 *
 * A collection in the middle of a burst finds the objects of many requests alive. V8 takes that for how they always are and
 * makes such objects as old ones from then on: dead as they are, they keep the texts of their messages until a full collection.
 *
 * Bytes on their way lie outside of the heap, but count as its growth: a small one would be collected as a whole for every few
 * megabytes that pass. It may grow to four times of what was alive, as V8 lets it anyway while it finds it worth while.
 */
export function tuneEngine(): void {
  setFlagsFromString('--no-allocation-site-pretenuring');
  setFlagsFromString('--heap-growing-percent=300');
}
