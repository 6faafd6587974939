import * as assert from 'uvu/assert';
import { ContentFrames } from '#server/content-frames.js';
import { BodyFrames } from '#server/http/body-frames.js';
import { suite } from '../../harness/test.js';

const test = suite('body frames');

const content = new ContentFrames();
const ids = ['http-1', '', '"\\\n\0', 'ünïcödé €😀', '__proto__'];

test('frames are the JSON they would be if it was written the slow way, whatever the id', () => {
  for (const requestId of ids) {
    const frames = new BodyFrames(requestId, content);
    const bytes = Buffer.from([0, 255, 128, 10]);
    const delta = { requestId, seq: 1, deltaBase64: 'AP+ACg==', done: false, error: null };
    assert.is(frames.piece(bytes).bytes.toString(), JSON.stringify({ method: 'http/request/bodyDelta', params: delta }));
    const end = { requestId, seq: 2, deltaBase64: '', done: true, error: null };
    assert.is(frames.end(null), JSON.stringify({ method: 'http/request/bodyDelta', params: end }));
  }
});

test('the last frame tells why a body ends too early', () => {
  assert.equal((JSON.parse(new BodyFrames('r', content).end('a "reason"')) as { params: { error: string } }).params.error, 'a "reason"');
});
