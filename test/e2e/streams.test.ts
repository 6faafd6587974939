import { createHash, randomBytes } from 'node:crypto';
import { startExecServer } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { suite } from '../harness/test.js';

const test = suite('streams');

async function hash(stream: AsyncIterable<Uint8Array>): Promise<{ sha256: string; bytes: number }> {
  const digest = createHash('sha256');
  let bytes = 0;
  for await (const chunk of stream) {
    digest.update(chunk);
    bytes += chunk.length;
  }
  return { sha256: digest.digest('hex'), bytes };
}

async function text(stream: AsyncIterable<Uint8Array>): Promise<string> {
  let all = '';
  for await (const chunk of stream) all += Buffer.from(chunk).toString();
  return all;
}

test(
  '512 MiB of random bytes have the same hash on both sides',
  async () => {
    await using host = await startExecServer();
    const size = 512 * 1024 * 1024;
    const process = await host.client.processes.start({ argv: ['bash', '-c', `head -c ${size} /dev/urandom | tee >(sha256sum >&2)`] });
    const [here, there] = await Promise.all([hash(process.stdout), text(process.stderr)]);
    assert.is(here.bytes, size);
    assert.is(here.sha256, there.split(' ')[0]);
    assert.equal(await process.closed, { exitCode: 0, signal: null, timedOut: false });
  },
  { timeoutMs: 120_000 },
);

test('8 MiB written to stdin come back as they were, with end of file', async () => {
  await using host = await startExecServer();
  const sent = randomBytes(8 * 1024 * 1024);
  const process = await host.client.processes.start({ argv: ['cat'], stdin: true });
  const back = hash(process.stdout);
  await process.write(sent);
  await process.closeStdin();
  assert.equal(await back, { sha256: createHash('sha256').update(sent).digest('hex'), bytes: sent.length });
});

test('/dev/stdout, /dev/stderr and /dev/stdin can be opened by the program', async () => {
  await using host = await startExecServer();
  const process = await host.client.processes.start({
    argv: ['sh', '-c', 'cat /dev/stdin > /dev/stdout; echo err > /dev/stderr'],
    stdin: true,
  });
  await process.write('through the device');
  await process.closeStdin();
  assert.equal(await Promise.all([text(process.stdout), text(process.stderr)]), ['through the device', 'err\n']);
  assert.is((await process.closed).exitCode, 0);
});

test('a terminal flood loses nothing', async () => {
  await using host = await startExecServer();
  const script = 'stty raw -echo; head -c 33554432 /dev/urandom | tee /dev/fd/3 3> >(sha256sum > "$HASH") ; sleep 0.1; cat "$HASH"';
  const process = await host.client.processes.start({
    argv: ['bash', '-c', `HASH=$(mktemp); ${script}; rm -f "$HASH"`],
    tty: true,
  });
  const chunks: Uint8Array[] = [];
  for await (const chunk of process.stdout) chunks.push(chunk);
  const all = Buffer.concat(chunks);
  const flood = all.subarray(0, 33_554_432);
  assert.is(createHash('sha256').update(flood).digest('hex'), all.subarray(33_554_432).toString().slice(0, 64));
});
