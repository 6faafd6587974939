import * as fc from 'fast-check';

/** Every run tries the same values, so that a failure is there again; `TEST_SEED` looks elsewhere. */
const seed = Number(process.env['TEST_SEED'] ?? 1);

/** Holds `predicate` against `runs` values (default 300): it has to return without throwing, and not false. */
export function holds<Value>(values: fc.Arbitrary<Value>, predicate: (value: Value) => boolean | void, runs = 300): void {
  fc.assert(fc.property(values, predicate), { seed, numRuns: runs });
}

/** The same for a predicate that has to wait. */
export async function holdsLater<Value>(
  values: fc.Arbitrary<Value>,
  predicate: (value: Value) => Promise<void>,
  runs = 100,
): Promise<void> {
  await fc.assert(fc.asyncProperty(values, predicate), { seed, numRuns: runs });
}

/** `items` cut into pieces, at any places. */
export function cutAnywhere(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const cuts = [...new Set(places.map((place) => (bytes.length === 0 ? 0 : place % bytes.length)))].toSorted((a, b) => a - b);
  return [0, ...cuts].map((start, at) => bytes.subarray(start, cuts[at] ?? bytes.length));
}
