import { limits } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { ResponseBody } from '#client/http/response-body.js';
import { UndeliveredBodies } from '#client/http/undelivered-bodies.js';
import { suite } from '../../harness/test.js';

const test = suite('undelivered-bodies');

function createBodies() {
  const state = { isHeldBack: false, refused: [] as ResponseBody[] };
  const bodies = new UndeliveredBodies((isWanted) => (state.isHeldBack = isWanted));
  const add = (creditBytes: number | null = null) => {
    let seq = 0;
    const body: ResponseBody = new ResponseBody(
      {
        granted: () => undefined,
        ended: () => undefined,
        waitingChanged: () => {
          if (!bodies.changed(body)) state.refused.push(body);
        },
      },
      creditBytes,
    );
    const push = (bytes: number): void => body.push({ seq: ++seq, chunk: new Uint8Array(bytes), done: false, error: null });
    return { body, push };
  };
  return { state, add };
}

test('a reader that is behind holds the connection back, until it has caught up', async () => {
  const { state, add } = createBodies();
  const { body, push } = add();
  push(limits.readerHighWaterBytes);
  assert.is(state.isHeldBack, false);
  push(1);
  assert.is(state.isHeldBack, true);
  await body.toStream().getReader().read();
  assert.is(state.isHeldBack, false);
});

test('a reader that waits for bytes is not kept waiting by one that has enough', async () => {
  const { state, add } = createBodies();
  const full = add();
  const hungry = add();
  full.push(limits.readerHighWaterBytes + 1);
  const read = hungry.body.toStream().getReader().read();
  await new Promise(setImmediate); // the stream asks in a turn of its own
  assert.is(state.isHeldBack, false);
  hungry.push(1);
  await read;
  assert.is(state.isHeldBack, true);
  full.body.abandon();
  assert.is(state.isHeldBack, false);
});

test('what is kept in all is bounded: the body that goes beyond is refused', () => {
  const { state, add } = createBodies();
  const first = add();
  const second = add();
  for (let bytes = 0; bytes < limits.undeliveredBodyBytes; bytes += 1024 * 1024) first.push(1024 * 1024);
  assert.equal(state.refused, []);
  second.push(1);
  assert.is(state.refused.length, 1);
  assert.is(state.refused[0], second.body);
  second.body.abandon();
  first.body.abandon();
  assert.is(state.isHeldBack, false);
});

test('bodies with credit count for nothing', () => {
  const { state, add } = createBodies();
  const { push } = add(limits.bodyWindowBytes);
  push(limits.readerHighWaterBytes + 1);
  assert.equal([state.isHeldBack, state.refused], [false, []]);
});
