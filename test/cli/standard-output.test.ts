import * as assert from 'uvu/assert';
import { ExitError } from '#cli/exit-codes.js';
import { StandardOutput } from '#cli/standard-output.js';
import { failure } from '../harness/failure.js';
import { suite } from '../harness/test.js';

const test = suite('standard-output');

/** Replaces `process.stdout.write` while the block lasts. */
function intercept(write: (chunk: unknown, done: () => void) => void): Disposable {
  const own = Object.getOwnPropertyDescriptor(process.stdout, 'write');
  process.stdout.write = (chunk: unknown, done: unknown) => {
    write(chunk, done as () => void);
    return true;
  };
  return {
    [Symbol.dispose]() {
      if (own) Object.defineProperty(process.stdout, 'write', own);
      else Reflect.deleteProperty(process.stdout, 'write');
    },
  };
}

async function* pieces(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

test('pieces are written in order, each when the one before is taken', async () => {
  const written: string[] = [];
  let open = 0;
  using _ = intercept((chunk, done) => {
    assert.is(++open, 1);
    written.push(String(chunk));
    setImmediate(() => {
      open--;
      done();
    });
  });
  using output = new StandardOutput();
  await output.pour(pieces('a', 'b', 'c'));
  assert.equal(written, ['a', 'b', 'c']);
});

test('when nobody reads any more it ends with the exit code of a broken pipe, and without words', async () => {
  using _ = intercept((_chunk, done) => {
    process.stdout.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    done();
  });
  using output = new StandardOutput();
  const error = await failure(output.pour(pieces('a', 'b')), ExitError);
  assert.equal([error.message, error.exitCode], ['', 141]);
});
