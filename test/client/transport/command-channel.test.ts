import { readFileSync } from 'node:fs';
import { connectCommand, DisconnectedError, type ExecClient } from '@exec-server/client';
import * as assert from 'uvu/assert';
import { openCommandChannel } from '#client/transport/command-channel.js';
import { readText } from '../../harness/byte-streams.js';
import { ChannelRecorder } from '../../harness/channel-recorder.js';
import { launcher } from '../../harness/command-line.js';
import { failure } from '../../harness/failure.js';
import { Scratch } from '../../harness/scratch.js';
import { suite } from '../../harness/test.js';

const test = suite('command-channel');

/** A server that speaks on its stdin and stdout. */
const server = [process.execPath, launcher, '--listen', 'stdio'];

async function openChannel(command: readonly string[]) {
  const channel = await openCommandChannel(command);
  const recorder = new ChannelRecorder();
  channel.open(recorder);
  return { channel, recorder };
}

test('a client works through a command, and closing it ends the command', async () => {
  const client = await connectCommand(server);
  const started = await client.processes.start({ argv: ['sh', '-c', 'cat; echo $PPID >&2; exit 6'], stdin: true });
  await started.write('through a pipe');
  await started.closeStdin();
  assert.is(await readText(started.stdout), 'through a pipe');
  assert.equal(await started.closed, { exitCode: 6, signal: null, timedOut: false });
  await client.close(); // whether the command ends is seen by the leak check
  assert.is(client.state, 'closed');
});

test('P5: a command that is killed fails what waits for it at once, and is not started again', async () => {
  const client = await connectCommand(server);
  const waiting = await client.processes.start({ argv: ['cat'], stdin: true });
  killServer(client);
  const error = await failure(waiting.closed, DisconnectedError);
  assert.match((error.cause as Error).message, 'has ended (SIGKILL)');
  assert.is(client.state, 'closed');
  await client.close();
});

test('P5: a command that ends before the handshake fails the connecting with its exit code', async () => {
  const error = await failure(connectCommand(['sh', '-c', 'read request; exit 3']), DisconnectedError);
  const cause = (error.cause as Error).cause as Error;
  assert.match(cause.message, 'sh has ended (exit code 3)');
});

test('P5: the end of the command counts, even when somebody it has started still holds its stdout', async () => {
  using scratch = new Scratch();
  const pidFile = scratch.file('pid');
  const client = await connectCommand(['sh', '-c', 'sleep 600 & echo $! > "$0"; exec "$@"', pidFile, ...server]);
  try {
    const waiting = await client.processes.start({ argv: ['cat'], stdin: true });
    killServer(client);
    await failure(waiting.closed, DisconnectedError);
  } finally {
    process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGKILL');
    await client.ended;
  }
});

test('closing ends a command whose stdout somebody else holds, before and after its own end', async () => {
  using scratch = new Scratch();
  for (const stays of [true, false]) {
    const pidFile = scratch.file(`pid ${stays}`);
    const script = `sleep 600 & echo $! > "$0"; echo ready; ${stays ? 'trap "" HUP; wait' : 'exit 3'}`;
    const { channel, recorder } = await openChannel(['sh', '-c', script, pidFile]);
    await recorder.received(1);
    channel.close();
    await recorder.ended;
    process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGKILL');
    assert.is(recorder.ends, 1);
  }
});

/** Its answer may be lost with it. */
function killServer(client: ExecClient): void {
  client.processes.start({ argv: ['sh', '-c', 'kill -9 $PPID'] }).catch(() => undefined);
}

test('a command that cannot be started gives the error of the system', async () => {
  const error: NodeJS.ErrnoException = await failure(openCommandChannel(['/no/such/command']), Error);
  assert.is(error.code, 'ENOENT');
});

test('each line is a message, however it is cut, and blank ones are none', async () => {
  const { recorder } = await openChannel(['sh', '-c', 'printf "gr\\303"; printf "\\274n\\n\\n"; printf "two\\n\\nthree\\n"']);
  await recorder.ended;
  assert.equal(recorder.messages, ['grün', 'two', 'three']);
});

test('messages are lines, whether handed over as text or bytes', async () => {
  const { channel, recorder } = await openChannel(['cat']);
  channel.send('{"text":"grün"}');
  channel.send(Buffer.from('{"bytes":1}'));
  assert.equal(await recorder.received(2), ['{"text":"grün"}', '{"bytes":1}']);
  channel.close();
  await recorder.ended;
  assert.is(recorder.ends, 1);
});

test('after closing nothing is sent or told any more but the end', async () => {
  const { channel, recorder } = await openChannel(['sh', '-c', 'cat; echo the last word']);
  channel.close();
  channel.send('too late');
  channel.close();
  await recorder.ended;
  assert.equal([recorder.messages, recorder.ends], [[], 1]);
});

test('a command that does not end with its input is killed', async () => {
  const { channel, recorder } = await openChannel(['sh', '-c', 'trap "" TERM HUP; echo ready; exec sleep 600']);
  await recorder.received(1);
  channel.close();
  assert.match((await recorder.ended)?.message ?? '', 'SIGKILL');
});

test('S4: a line above the message limit ends the command', async () => {
  const { recorder } = await openChannel(['head', '-c', '70000000', '/dev/zero']);
  assert.instance(await recorder.ended, Error);
  assert.equal(recorder.messages, []);
});

test('a command that has stopped reading does not break the client', async () => {
  const { channel, recorder } = await openChannel(['sh', '-c', 'exec <&-; echo ready; exit 4']);
  await recorder.received(1);
  channel.send('x'.repeat(1_000_000));
  assert.instance(await recorder.ended, Error);
});
