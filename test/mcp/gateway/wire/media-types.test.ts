import * as assert from 'uvu/assert';
import { mediaType, readAccept } from '#mcp/gateway/wire/media-types.js';
import { suite } from '../../../harness/test.js';

const test = suite('media types');

test('A5: the most exact range of an Accept header decides, and its weight', () => {
  for (const [accept, json, eventStream] of [
    [undefined, true, true],
    ['', true, true],
    ['*/*', true, true],
    ['application/json', true, false],
    ['Application/JSON , TEXT/event-stream', true, true],
    ['text/*', false, true],
    ['application/*;q=0.1', true, false],
    ['*/*;q=0', false, false],
    ['*/*, application/json;q=0', false, true],
    ['application/json; q=0.0, */*', false, true],
    ['application/json;charset=utf-8;q=1', true, false],
    ['text/html', false, false],
    ['application/json;q=x', false, false],
  ] as const) {
    assert.equal(readAccept({ accept }), { json, eventStream }, String(accept));
  }
});

test('A8: media types are compared without parameters and case', () => {
  assert.is(mediaType('Text/Event-Stream; charset=utf-8'), 'text/event-stream');
  assert.is(mediaType(null), '');
});
