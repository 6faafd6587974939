import { setFlagsFromString } from 'node:v8';

/**
 * Runs a task in which WebAssembly is compiled at once and only plainly. A parser of HTTP heads is called too seldom for
 * what the optimizing compiler costs: a tenth of a second of processor time at the first requests of a server.
 */
export function compilePlainly(task: () => void): void {
  for (const flag of ['--liftoff-only', '--no-wasm-lazy-compilation']) setFlagsFromString(flag);
  try {
    task();
  } finally {
    for (const flag of ['--no-liftoff-only', '--wasm-lazy-compilation']) setFlagsFromString(flag);
  }
}
