import { EventEmitter, once } from 'node:events';
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { readEvents } from '#mcp/gateway/upstream/event-reader.js';
import { cutAnywhere, holdsLater } from '../../../harness/property.js';
import { suite } from '../../../harness/test.js';

const test = suite('event streams of upstreams');

/** What is told of a stream that comes in these pieces, in order: data, `id …` and `retry …`. */
async function told(pieces: readonly Uint8Array[], maxLength = 1_000): Promise<string[]> {
  const heard: string[] = [];
  async function* body(): AsyncGenerator<Uint8Array> {
    for (const piece of pieces) yield await Promise.resolve(piece);
  }
  await readEvents(body(), {
    maxLength,
    onData: (data) => {
      heard.push(data);
      return data === 'enough';
    },
    onId: (id) => heard.push(`id ${id}`),
    onRetry: (ms) => heard.push(`retry ${ms}`),
  });
  return heard;
}
const dataOf = async (text: string, maxLength?: number) =>
  (await told([Buffer.from(text)], maxLength)).filter((one) => !/^(?:id|retry) /.test(one));
const idsOf = async (text: string) => (await told([Buffer.from(text)])).filter((one) => one.startsWith('id '));

test('A8: the algorithm of the standard: what counts as data', async () => {
  for (const [text, data] of [
    ['data: a\n\n', ['a']],
    ['data:a\n\n', ['a']],
    ['data:  a\n\n', [' a']],
    ['data: a\ndata\ndata: b\n\n', ['a\n\nb']],
    ['\uFEFFdata: a\n\n', ['a']],
    [': comment\n:data: no\ndata: a\n\n', ['a']],
    ['data: a\n', []],
    ['data: a', []],
    ['data\n\n', []],
    ['data:\n\n', []],
    ['\n\n\n', []],
    ['event: message\ndata: a\n\n', ['a']],
    ['event: other\ndata: a\n\ndata: b\n\n', ['b']],
    ['event\ndata: a\n\n', ['a']],
    ['unknown: x\n data: y\nDATA: z\ndata: a\n\n', ['a']],
    ['data: a\r\n\r\ndata: b\r\rdata: c\n\n', ['a', 'b', 'c']],
    ['data: a\r\n\ndata: b\n\r\n', ['a', 'b']],
    ['data: a\r\r', ['a']],
    ['data: enough\n\ndata: more\n\n', ['enough']],
  ] as const)
    assert.equal(await dataOf(text), data, JSON.stringify(text));
});

test('A8: ids count with data and without; without a value they are cleared, with a zero they are no ids', async () => {
  for (const [text, ids] of [
    ['id: 1\ndata: a\n\n', ['id 1']],
    ['id: 1\n\n', ['id 1']],
    ['id: 1\ndata\n\n', ['id 1']],
    ['id:1\nid: 2\n\n', ['id 2']],
    ['id: 1\n\nid\n\n', ['id 1', 'id ']],
    ['id: 1\n\nid:\n\n', ['id 1', 'id ']],
    ['id:  1\n\n', ['id  1']],
    ['id: a\0b\n\n', []],
    ['id: 1\nid: \0\n\n', ['id 1']],
    ['id: 1\n', []],
    ['idea: 1\n\nidd\n\n', []],
    ['event: other\nid: 1\ndata: x\n\n', ['id 1']],
    ['id: 1\r\rid: 2\r\n\r\n', ['id 1', 'id 2']],
    [`id: ${'x'.repeat(9_000)}\n\nid: 2\n\n`, ['id 2']],
  ] as const)
    assert.equal(await idsOf(text), ids, JSON.stringify(text).slice(0, 60));
});

test('A8: `retry` is a number of milliseconds, or nothing', async () => {
  assert.equal(await told([Buffer.from('retry: 50\n\nretry: 1.5\nretry: -1\nretry: x\nretry\n\n')]), ['retry 50']);
});

test('A8: an event that is complete is told at once, also when its last byte is a carriage return', async () => {
  const heard: string[] = [];
  const signs = new EventEmitter();
  const waiting = once(signs, 'data');
  async function* body(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('data: a\r\r');
    await waiting; // the stream stays open and silent until the event was told
    yield Buffer.from('\ndata: b\r\n\r\n');
  }
  const onData = (data: string): boolean => {
    heard.push(data);
    signs.emit('data');
    return false;
  };
  await readEvents(body(), { maxLength: 100, onData, onId: () => undefined, onRetry: () => undefined });
  assert.equal(heard, ['a', 'b']);
});

test('A8: wherever the bytes are cut, and with whatever line ends, the same is told', async () => {
  const line = fc.oneof(
    fc.constantFrom('', '', 'data', 'data:', 'id', 'id:', ': c', 'retry: 7', 'event: message', 'event: other', 'event', 'x: y'),
    fc.string({ unit: 'grapheme', maxLength: 6 }).map((text) => `data: ${text.replace(/[\r\n]/g, '')}`),
    fc.nat(9).map((id) => `id: ${id}`),
  );
  const lines = fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r')), { maxLength: 12 });
  await holdsLater(
    fc.tuple(lines, fc.array(fc.nat(), { maxLength: 8 }), fc.boolean()),
    async ([all, places, everywhere]) => {
      // A line that ends in CR and an empty one that ends in LF are one line end.
      const sane: [string, string][] = [];
      for (const [text, end] of all) if (text !== '' || end !== '\n' || sane.at(-1)?.[1] !== '\r') sane.push([text, end]);
      const bytes = Buffer.from(sane.map(([text, end]) => text + end).join(''));
      const expected = sane.map(([text]) => `${text}\n`).join('');
      const pieces = everywhere ? [...bytes].map((byte) => Uint8Array.of(byte)) : cutAnywhere(bytes, places);
      const [cut, whole] = [await told(pieces), await told([Buffer.from(expected)])];
      for (const kind of [/^id /, /^retry /, /^(?!id |retry )/])
        assert.equal(
          cut.filter((one) => kind.test(one)),
          whole.filter((one) => kind.test(one)),
          JSON.stringify(bytes.toString()),
        );
    },
    500,
  );
});

const fails = async (text: string): Promise<boolean> =>
  dataOf(text, 100).then(
    () => false,
    (error: unknown) => error instanceof RangeError,
  );

test('part D: an event that is too long is an error before more of it is held', async () => {
  assert.ok(await fails(`data: ${'x'.repeat(200)}`));
  assert.ok(await fails('data: x\n'.repeat(200)));
  assert.not.ok(await fails('data: x\n\n'.repeat(200)));
});
