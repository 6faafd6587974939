import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Collects garbage again and again until `done` resolves. */
export async function collectGarbage(done: () => Promise<void>): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const timer = setInterval(collect, 50);
  try {
    await done();
  } finally {
    clearInterval(timer);
  }
}
