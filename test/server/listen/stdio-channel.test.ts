import { once } from 'node:events';
import { PassThrough, Writable } from 'node:stream';
import * as assert from 'uvu/assert';
import { StdioChannel } from '#server/listen/stdio-channel.js';
import { turns } from '../../harness/launching.js';
import { suite } from '../../harness/test.js';

const test = suite('stdio-channel');

function open(maxMessageBytes?: number, output: Writable = new PassThrough()) {
  const input = new PassThrough();
  const channel = new StdioChannel(input, output, maxMessageBytes);
  const heard: string[] = [];
  channel.open({
    message: (text) => heard.push(text),
    drained: () => heard.push('(drained)'),
    closed: (error) => heard.push(error ? `(closed: ${error.message})` : '(closed)'),
  });
  return { input, output, channel, heard };
}

test('each line is a message, however the bytes come', async () => {
  const { input, heard } = open();
  input.write('{"a":1}\n{"b"');
  input.write(':2}\r\n');
  for (const byte of Buffer.from('"é"\n')) input.write(Buffer.from([byte]));
  await turns();
  assert.equal(heard, ['{"a":1}', '{"b":2}\r', '"é"']);
});

test('blank lines are skipped', async () => {
  const { input, heard } = open();
  input.write('\n\r\n  \t\n\n1\n');
  await turns();
  assert.equal(heard, ['1']);
});

test('S4: bytes that are no text become a message that is no JSON', async () => {
  const { input, heard } = open();
  input.write(Buffer.from([0x22, 0xff, 0xfe, 0x22, 0x0a]));
  await turns();
  assert.is(heard.length, 1);
  assert.throws(() => JSON.parse(heard[0] as string) as unknown);
});

test('a message goes out as one line', async () => {
  const { output, channel } = open();
  channel.send('{"a":1}');
  channel.send(Buffer.from('{"b":"é"}'));
  await turns();
  assert.is((output as PassThrough).read().toString(), '{"a":1}\n{"b":"é"}\n');
});

test('bytes are used again only after a copy was made for a stream that hands them on as they are', async () => {
  const { output, channel } = open();
  const place = Buffer.from('{"a":1}');
  const write = (text: string): Promise<void> =>
    new Promise((resolve) => {
      place.write(text);
      channel.send(place, resolve);
    });
  await write('{"a":1}');
  await write('{"a":2}');
  const pieces = [Buffer.from('{"b"'), Buffer.from(':1}')];
  await new Promise<void>((resolve) => channel.sendPieces(pieces, resolve));
  for (const piece of pieces) piece.fill('x');
  assert.is((output as PassThrough).read().toString(), '{"a":1}\n{"a":2}\n{"b":1}\n');
});

test('the end of the input ends the channel, once, and nothing is said after it', async () => {
  const { input, output, channel, heard } = open();
  input.end('1\n2 without an end');
  await turns(10);
  assert.equal(heard, ['1', '(closed)']);
  channel.close();
  channel.send('late');
  await turns();
  assert.is((output as PassThrough).read(), null);
});

test('closing ends the channel, once; what still comes is not delivered', async () => {
  const { input, channel, heard } = open();
  channel.close();
  channel.close();
  input.write('1\n');
  await turns();
  assert.equal(heard, ['(closed)']);
});

test('S4: a line beyond the limit ends the channel with the reason', async () => {
  const { input, heard } = open(10);
  input.write('1234567890\n');
  input.write('12345678901');
  await turns();
  assert.equal(heard, ['1234567890', '(closed: a line is longer than 10 bytes)']);
});

test('an error of either stream ends the channel with the reason', async () => {
  for (const broken of ['input', 'output'] as const) {
    const made = open();
    made[broken].destroy(new Error('EPIPE'));
    await turns();
    assert.equal(made.heard, ['(closed: EPIPE)']);
  }
});

test('P7: a paused channel is not read', async () => {
  const { input, channel, heard } = open();
  channel.pause();
  input.write('1\n');
  await turns();
  assert.equal(heard, []);
  channel.resume();
  await turns();
  assert.equal(heard, ['1']);
});

test('P7: a slow reader shows in the bytes that wait, and is told when they are gone', async () => {
  const taken: (() => void)[] = [];
  const output = new Writable({ highWaterMark: 10, write: (_bytes, _encoding, done) => void taken.push(done) });
  const { channel, heard } = open(undefined, output);
  channel.send('x'.repeat(100));
  await turns();
  assert.ok(channel.bufferedBytes >= 100);
  const drained = once(output, 'drain');
  while (channel.bufferedBytes > 0) {
    taken.shift()?.();
    await turns(1);
  }
  await drained;
  assert.equal(heard, ['(drained)']);
});

test('P7: what an output holds below its own mark counts for nothing, since it does not tell when that is gone', async () => {
  const taken: (() => void)[] = [];
  const output = new Writable({ highWaterMark: 1_000, write: (_bytes, _encoding, done) => void taken.push(done) });
  const { channel } = open(undefined, output);
  channel.send('x'.repeat(900));
  await turns();
  assert.equal([output.writableLength, channel.bufferedBytes], [901, 0]);
  channel.send('x'.repeat(100));
  assert.is(channel.bufferedBytes, 1_002);
});

test('a message in pieces goes out as one line, and then they are free', async () => {
  const { output, channel } = open();
  let sent = 0;
  channel.sendPieces([Buffer.from('{"a":'), Buffer.from('"é"}')], () => sent++);
  channel.sendPieces([Buffer.from('1')]);
  await turns(3);
  assert.is((output as PassThrough).read().toString(), '{"a":"é"}\n1\n');
  assert.is(sent, 1);
});
