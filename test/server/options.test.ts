import { limits, type Limits } from '@exec-server/protocol';
import { createExecServer } from '@exec-server/server';
import * as assert from 'uvu/assert';
import { checkOptions } from '#server/options.js';
import { silentLogger } from '#server/telemetry/logger.js';
import { MemoryClient } from '../harness/memory-client.js';
import { suite } from '../harness/test.js';

const test = suite('options');

const errorOf = (overrides: Partial<Limits>): string => {
  try {
    checkOptions({ limits: overrides });
    return 'no error';
  } catch (error) {
    assert.instance(error, RangeError);
    return (error as Error).message;
  }
};

test('without options everything has its default', () => {
  const options = checkOptions({});
  assert.equal(options.limits, limits);
  assert.equal([options.authenticator, options.allowedOrigins, options.allowedHosts, options.logger], [null, [], [], silentLogger]);
  assert.is(options.environment.get('PATH'), process.env['PATH']);
});

test('a limit that is given replaces its default and no other', () => {
  assert.equal(checkOptions({ limits: { workSlots: 1 } }).limits, { ...limits, workSlots: 1 });
});

test('a limit nobody knows is refused by name', () => {
  for (const name of ['worksSlots', 'toString', '__proto__', 'constructor']) {
    const overrides = JSON.parse(`{${JSON.stringify(name)}:1}`) as Partial<Limits>;
    assert.is(errorOf(overrides), `unknown limit \`${name}\``);
  }
});

test('a limit is a whole number above zero', () => {
  for (const value of [0, -1, 0.5, NaN, Infinity, 2 ** 53, '5', null, undefined, true, 5n]) {
    assert.match(
      errorOf({ workSlots: value } as unknown as Partial<Limits>),
      'limit `workSlots` must be a whole number above zero',
      String(value),
    );
  }
  assert.is(errorOf({ workSlots: 1, maxSessions: Number.MAX_SAFE_INTEGER }), 'no error');
});

test('S5: a time no timer can hold is refused, or else waited for', async () => {
  for (const name of Object.keys(limits).filter((key) => key.endsWith('Ms')) as (keyof Limits)[]) {
    assert.is.not(errorOf({ [name]: 2 ** 31 }), 'no error', `${name} would fire after one millisecond`);
  }
});

test('S5: limits of the wire that are given are in force, or refused', async () => {
  const nested = '{"id":1,"method":"environment/status","params":null,"x":[[[[[]]]]]}';
  for (const overrides of [{ maxJsonDepth: 3 }, { maxJsonValues: 8 }] as Partial<Limits>[]) {
    if (errorOf(overrides) !== 'no error') continue;
    await using server = createExecServer({ limits: overrides });
    await using client = await MemoryClient.open(server);
    client.send(nested);
    const { id } = await client.find((message) => message.id === 1 || message.id === -1);
    assert.is(id, -1, JSON.stringify(overrides));
  }
});

test('S5: a limit for messages that is given holds for answers too, or is refused', async () => {
  const overrides = { maxMessageBytes: 2_000, maxFrameBytes: 2_000 };
  if (errorOf(overrides) !== 'no error') return;
  await using server = createExecServer({ limits: overrides });
  await using client = await MemoryClient.open(server);
  const argv = ['/bin/sh', '-c', 'exec sleep 60', 'x'.repeat(3_000)];
  await client.request('process/start', { processId: 'p', argv, cwd: 'file:///', env: { PATH: process.env['PATH'] ?? '' }, tty: false });
  const { result, error } = await client.request('process/list');
  assert.is(error?.code, -32603, `an answer of ${JSON.stringify(result)?.length} characters was sent`);
});

test('variables without a value are left out, and names are kept', () => {
  const environment = JSON.parse('{"A":"1","__proto__":"p","EMPTY":""}') as Record<string, string | undefined>;
  assert.equal([...checkOptions({ environment: { ...environment, GONE: undefined } }).environment.keys()].includes('GONE'), false);
  assert.equal(
    [...checkOptions({ environment }).environment],
    [
      ['A', '1'],
      ['__proto__', 'p'],
      ['EMPTY', ''],
    ],
  );
});

test('allowed hosts are compared in small letters', () => {
  assert.equal(checkOptions({ allowedHosts: ['Tunnel.Example'] }).allowedHosts, ['tunnel.example']);
});
