import * as assert from 'uvu/assert';
import { Descriptors } from '#server/process/descriptors.js';
import type { LaunchedProcess } from '#server/process/launch.js';
import { PtyLauncher } from '#server/process/pty-launcher.js';
import { launchRequest, OpenSource, turns } from '../../harness/launching.js';
import { suite } from '../../harness/test.js';

const test = suite('pty-source');

function launch(script: string, maxChunkBytes = 65_536): Promise<LaunchedProcess> {
  const launcher = new PtyLauncher(new Descriptors(), maxChunkBytes, '/bin/sh');
  return launcher.launch(launchRequest(['/bin/sh', '-c', script], { terminal: { rows: 24, cols: 80 } }));
}

/** Sizes of the chunks of a whole program. */
async function chunkSizes(script: string, maxChunkBytes: number): Promise<number[]> {
  const launched = await launch(script, maxChunkBytes);
  const sizes: number[] = [];
  await new Promise<void>((resolve) => launched.outputs[0]?.open((chunk) => sizes.push(chunk.length), resolve));
  await launched.exited;
  return sizes;
}

test('pieces are joined up to about the size of a chunk, and no chunk is empty', async () => {
  const maxChunkBytes = 16_384;
  const sizes = await chunkSizes('perl -e \'print "x" x 500_000\'', maxChunkBytes);
  assert.is(
    sizes.reduce((sum, size) => sum + size, 0),
    500_000,
  );
  assert.ok(Math.min(...sizes) > 0);
  assert.ok(Math.max(...sizes) < maxChunkBytes + 65_536, `the largest has ${Math.max(...sizes)} bytes`);
});

test('a cut ends the stream though the program lives, and hangs its terminal up', async () => {
  const launched = await launch("trap '' HUP; echo ready; while kill -0 $$; do read line || break; done; exit 5");
  const [source] = launched.outputs;
  if (!source) throw new Error('no source');
  const output = new OpenSource(source);
  await output.until((text) => text === 'ready\r\n');
  source.cut();
  source.cut();
  assert.is(await output.ended(), 'ready\r\n');
  assert.equal(await launched.exited, { code: 5, signal: null });
});

test('a source that is cut before it is opened ends once', async () => {
  const launched = await launch('sleep 60');
  const [source] = launched.outputs;
  source?.cut();
  let ends = 0;
  source?.open(
    () => undefined,
    () => ends++,
  );
  await turns(10);
  assert.is(ends, 1);
  assert.is.not((await launched.exited).code, 0, 'hung up, or too late to set its terminal up');
});

test('its descriptor is given back, and whoever asked is told', async () => {
  const descriptors = new Descriptors();
  const launcher = new PtyLauncher(descriptors, 65_536, '/bin/sh');
  const launched = await launcher.launch(launchRequest(['true'], { terminal: { rows: 24, cols: 80 } }));
  assert.ok(descriptors.cover([]).length > 3, 'the terminal would be inherited');
  const [source] = launched.outputs;
  if (!source) throw new Error('no source');
  await new OpenSource(source).ended();
  assert.equal(descriptors.cover([]), []);
  await launched.exited;
});
