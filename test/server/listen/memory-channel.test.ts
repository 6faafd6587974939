import type { Channel, ChannelListener } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { createMemoryChannels } from '#server/listen/memory-channel.js';
import { turns } from '../../harness/launching.js';
import { suite } from '../../harness/test.js';

const test = suite('memory-channel');

/** Hears everything a channel says. */
class Ear implements ChannelListener {
  readonly heard: string[] = [];

  constructor(channel: Channel) {
    channel.open(this);
  }
  message(text: string): void {
    this.heard.push(text);
  }
  drained(): void {
    this.heard.push('(drained)');
  }
  closed(): void {
    this.heard.push('(closed)');
  }
}

test('what one side sends the other receives, in order, in a turn of its own', async () => {
  const [client, server] = createMemoryChannels();
  const [atClient, atServer] = [new Ear(client), new Ear(server)];
  client.send('1');
  client.send(Buffer.from('2 é'));
  assert.equal(atServer.heard, []);
  await turns();
  server.send('3');
  await turns();
  assert.equal(
    [atServer.heard.slice(0, 2), atClient.heard],
    [
      ['1', '2 é'],
      ['(drained)', '3'],
    ],
  );
});

test('what is sent before the other side opens waits for it', async () => {
  const [client, server] = createMemoryChannels();
  client.send('early');
  await turns();
  assert.is(client.bufferedBytes, 5);
  const ear = new Ear(server);
  await turns();
  assert.equal([ear.heard, client.bufferedBytes], [['early'], 0]);
});

test('P7: a paused side holds messages back, and the sender sees it', async () => {
  const [client, server] = createMemoryChannels();
  const [atClient, atServer] = [new Ear(client), new Ear(server)];
  server.pause();
  for (const text of ['1', '22']) client.send(text);
  await turns();
  assert.equal([atServer.heard, client.bufferedBytes, atClient.heard], [[], 3, []]);
  server.resume();
  await turns();
  assert.equal([atServer.heard, client.bufferedBytes, atClient.heard], [['1', '22'], 0, ['(drained)']]);
});

test('a side that pauses while it listens gets the rest later', async () => {
  const [client, server] = createMemoryChannels();
  const heard: string[] = [];
  const message = (text: string): void => {
    heard.push(text);
    server.pause();
  };
  server.open({ message, drained: () => undefined, closed: () => undefined });
  for (const text of ['1', '2', '3']) client.send(text);
  for (const expected of [['1'], ['1', '2'], ['1', '2', '3']]) {
    await turns();
    assert.equal(heard, expected);
    server.resume();
  }
});

test('closing ends both sides, once, after what was sent before', async () => {
  for (const closer of [0, 1] as const) {
    const channels = createMemoryChannels();
    const ears = channels.map((channel) => new Ear(channel));
    channels[0].send('last words of the client');
    channels[1].send('last words of the server');
    channels[closer].close();
    channels[closer].close();
    channels[1 - closer]?.close();
    channels[0].send('too late');
    await turns(6);
    for (const [at, words] of [
      [0, 'last words of the server'],
      [1, 'last words of the client'],
    ] as const) {
      const heard = ears[at]?.heard.filter((text) => text !== '(drained)');
      assert.equal(heard, [words, '(closed)']);
    }
  }
});

test('a channel that is opened after its end is told so', async () => {
  const [client, server] = createMemoryChannels();
  const atServer = new Ear(server);
  server.close();
  await turns();
  const atClient = new Ear(client);
  await turns();
  assert.equal([atServer.heard, atClient.heard], [['(closed)'], ['(closed)']]);
});

test('both sides name each other and are always responsive', () => {
  for (const channel of createMemoryChannels()) {
    channel.probe();
    assert.is(channel.isResponsive, true);
    assert.match(channel.peer, /in this process$/);
  }
});
