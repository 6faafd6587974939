import * as assert from 'uvu/assert';
import { checkUpstreamConfig } from '#mcp/gateway/upstream/config.js';
import type { UpstreamStartError } from '#mcp/gateway/upstream/start-error.js';
import { withinStartup } from '#mcp/gateway/upstream/startup-limit.js';
import { suite } from '../../../harness/test.js';

const test = suite('mcp upstream startup limit');
const config = checkUpstreamConfig({ name: 'one', transport: 'stdio', command: 'c', startupTimeoutMs: 20 });
const never = new Promise<never>(() => undefined);
const failure = (task: Promise<unknown>) =>
  task.then(
    () => null,
    (error: unknown) => error as UpstreamStartError,
  );

test('A3: what takes longer than an upstream may is 504, with what it said', async () => {
  const error = await failure(withinStartup(never, config, new AbortController().signal, () => '\nstderr: x'));
  assert.is(error?.status, 504);
  assert.match(error?.message ?? '', /one was not ready within 20 ms\nstderr: x/);
});

test('A3: what is given up ends at once, also when that was before', async () => {
  const life = new AbortController();
  const waiting = failure(withinStartup(never, config, life.signal));
  life.abort();
  assert.is((await waiting)?.code, 'aborted');
  assert.is((await failure(withinStartup(never, config, life.signal)))?.code, 'aborted');
});

test('what a step comes to, good or bad, is passed on', async () => {
  const { signal } = new AbortController();
  assert.is(await withinStartup(Promise.resolve(7), config, signal), 7);
  assert.is((await failure(withinStartup(Promise.reject(new Error('own')), config, signal)))?.message, 'own');
});

test('any number of starts may hang on one signal: Node warns of no leak', async () => {
  const { signal } = new AbortController();
  const warned: string[] = [];
  const note = ({ name }: Error): void => void warned.push(name);
  process.on('warning', note);
  await Promise.all(Array.from({ length: 20 }, () => withinStartup(Promise.resolve(7), config, signal)));
  await new Promise((resolve) => setImmediate(resolve)); // warnings come a turn later
  process.off('warning', note);
  assert.not.ok(warned.includes('MaxListenersExceededWarning'));
});
