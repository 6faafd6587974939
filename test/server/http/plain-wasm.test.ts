import * as assert from 'uvu/assert';
import { compilePlainly } from '#server/http/plain-wasm.js';
import { suite } from '../../harness/test.js';

const test = suite('plain WebAssembly');

interface Wasm {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: Readonly<Record<string, unknown>> };
}
const { Module, Instance } = (globalThis as unknown as { readonly WebAssembly: Wasm }).WebAssembly;

/** A module with one function, `add`, which adds one. */
const addOne = Buffer.from('0061736d0100000001060160017f017f030201000707010361646400000a09010700200041016a0b', 'hex');

test('what is compiled plainly works, and so does what is compiled after it', () => {
  const results: number[] = [];
  const run = (): void => {
    const { add } = new Instance(new Module(addOne)).exports;
    results.push((add as (value: number) => number)(results.length));
  };
  compilePlainly(run);
  run();
  assert.equal(results, [1, 2]);
});

test('a failure of the task is passed on', () => {
  assert.throws(() => compilePlainly(() => JSON.parse('{')), SyntaxError);
});
