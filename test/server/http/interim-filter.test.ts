import * as assert from 'uvu/assert';
import { InterimFilter } from '#server/http/interim-filter.js';
import { suite } from '../../harness/test.js';

const test = suite('interim filter');

/** What is passed on of a text that comes in pieces of so many bytes. */
function passed(text: string, pieceBytes: number, maxBytes = 1_000): string {
  const filter = new InterimFilter(maxBytes);
  filter.restart();
  let out = '';
  for (let at = 0; at < text.length; at += pieceBytes) {
    out += filter.pass(Buffer.from(text.slice(at, at + pieceBytes), 'latin1'))?.toString('latin1') ?? '';
  }
  return out;
}

const response = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

test('however it is cut, `100 Continue` is taken out, once or more often', () => {
  const interims = ['HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.0 100\r\nx: y\r\n\r\nHTTP/1.1 100 \r\n\r\n', ''];
  for (const interim of interims) for (const size of [1, 2, 5, 13, 1_000]) assert.is(passed(interim + response, size), response);
});

test('everything else passes unchanged', () => {
  for (const text of [
    response,
    'HTTP/1.1 1000 X\r\n\r\n',
    'HTTP/1.1 103 Early Hints\r\n\r\n',
    'HTTP/2 100 X',
    'hello',
    'HTTP/1.1 101 X\r\n\r\n',
  ]) {
    for (const size of [1, 4, 1_000]) assert.is(passed(text, size), text);
  }
});

test('what looks like it later, in a body, is left alone', () => {
  const filter = new InterimFilter(1_000);
  filter.restart();
  assert.is(filter.pass(Buffer.from(response))?.toString(), response);
  const body = Buffer.from('HTTP/1.1 100 Continue\r\n\r\n');
  assert.is(filter.pass(body), body);
  filter.restart();
  assert.is(filter.pass(body), null);
});

test('a head that has no end is passed on before it takes too much room', () => {
  const endless = `HTTP/1.1 100 Continue\r\nx: ${'y'.repeat(500)}`;
  assert.is(passed(endless, 10, 100).slice(0, 20), endless.slice(0, 20));
  assert.is(passed(endless, 10, 100), endless);
});
