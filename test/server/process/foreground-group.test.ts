import { createExecServer } from '@exec-server/server';
import * as assert from 'uvu/assert';
import { signalForeground } from '#server/process/foreground-group.js';
import { MemoryClient, outputOf } from '../../harness/memory-client.js';
import { suite } from '../../harness/test.js';
import { startParams } from '../../harness/wire-client.js';

const test = suite('foreground-group');

// A shell with job control: its job has a group of its own, and the terminal while it runs.
const shell = `set -m; trap 'echo the shell has it' USR1
  bash -c 'trap "echo the job has it; exit 0" USR1; echo ready; while :; do sleep 0.01; done'
  echo done`;

async function withShell(body: (client: MemoryClient) => Promise<void>): Promise<void> {
  await using server = createExecServer();
  await using client = await MemoryClient.open(server);
  await client.result('process/start', startParams('p', ['bash', '-c', shell], { tty: true }));
  await client.find(() => outputOf(client.messages, 'pty').includes('ready'));
  await body(client);
}

test('a signal to the foreground reaches the job of a shell, and not the shell', () =>
  withShell(async (client) => {
    const params = { processId: 'p', signal: 'user1', target: 'foreground' };
    assert.equal(await client.result('process/signal', params), { delivered: true });
    const output = outputOf(await client.eventsOf('p'), 'pty');
    assert.ok(output.includes('the job has it') && output.includes('done') && !output.includes('the shell has it'), output);
    assert.equal(await client.result('process/signal', params), { delivered: false });
  }));

test('a signal to the group reaches the shell, and not its job', () =>
  withShell(async (client) => {
    for (const [signal, target] of [
      ['user1', 'group'],
      ['user1', 'foreground'],
    ])
      assert.equal(await client.result('process/signal', { processId: 'p', signal, target }), { delivered: true });
    // A shell runs its traps when its job has ended.
    const output = outputOf(await client.eventsOf('p'), 'pty');
    assert.is(output.match(/the \w+ has it/g)?.join(), 'the job has it,the shell has it', output);
  }));

test('a program alone on its terminal is the foreground, also right after its start', async () => {
  await using server = createExecServer();
  await using client = await MemoryClient.open(server);
  for (let round = 0; round < 20; round++) {
    client.send({ id: round, method: 'process/start', params: startParams(`p${round}`, ['sleep', '60'], { tty: true }) });
    const params = { processId: `p${round}`, signal: 'kill', target: 'foreground' };
    assert.equal(await client.result('process/signal', params), { delivered: true });
    const exited = (await client.eventsOf(`p${round}`)).find(({ method }) => method === 'process/exited');
    assert.is(exited?.params?.['signal'], 'SIGKILL');
  }
});

test('without a terminal there is no foreground: the params are wrong', async () => {
  await using server = createExecServer();
  await using client = await MemoryClient.open(server);
  await client.result('process/start', startParams('p', ['sleep', '60']));
  assert.equal(await client.refusal('process/signal', { processId: 'p', signal: 'interrupt', target: 'foreground' }), [
    -32602,
    'process p has no terminal and no foreground group',
  ]);
  assert.equal((await client.refusal('process/signal', { processId: 'p', signal: 'interrupt', target: 'everybody' }))[0], -32602);
  assert.equal(await client.result('process/signal', { processId: 'nobody', signal: 'kill', target: 'foreground' }), { delivered: false });
});

test('a leader that is gone has no foreground', () => {
  assert.is(signalForeground(2 ** 30, 'SIGKILL'), false);
});
