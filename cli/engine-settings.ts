import { setFlagsFromString } from 'node:v8';

/**
 * Settings of V8 for a process that does nothing but serve; before the code that serves has run for long.
 *
 * A collection in the middle of a burst finds the objects of many requests alive. V8 takes that for how they always are and
 * makes such objects as old ones from then on: dead as they are, they keep the texts of their messages until a full
 * collection, of which there are then three times as many. `bench/input`
 */
export function tuneEngine(): void {
  setFlagsFromString('--no-allocation-site-pretenuring');
}
