import * as assert from 'uvu/assert';
import { exitCodes, ExitError } from '#cli/exit-codes.js';
import { parseListenAddress } from '#cli/listen-address.js';
import { suite } from '../harness/test.js';

const test = suite('listen-address');

for (const [text, host, port] of [
  ['ws://127.0.0.1:0', '127.0.0.1', 0],
  ['ws://127.0.0.1:4711', '127.0.0.1', 4711],
  ['ws://0.0.0.0:65535', '0.0.0.0', 65_535],
  ['ws://[::1]:0', '::1', 0],
  ['ws://[2001:db8::7]:80', '2001:db8::7', 80],
] as const) {
  test(`${text} is an address to listen on`, () => {
    assert.equal(parseListenAddress(text), { kind: 'websocket', host, port });
  });
}

for (const text of ['stdio', 'stdio://']) {
  test(`${text} means stdin and stdout`, () => {
    assert.equal(parseListenAddress(text), { kind: 'stdio' });
  });
}

for (const text of [
  'ws://localhost:0',
  'ws://127.0.0.1',
  'ws://127.0.0.1:',
  'ws://127.0.0.1:x',
  'ws://127.0.0.1:-1',
  'ws://127.0.0.1:+1',
  'ws://127.0.0.1:65536',
  'ws://127.0.0.1:000001',
  'ws://127.0.0.1:0/',
  'ws://127.0.0.1:0/path',
  'ws://127.0.0.1:0?query',
  'ws://user@127.0.0.1:0',
  'ws://127.0.0:0',
  'ws://256.0.0.1:0',
  'ws://::1:0',
  'ws://[127.0.0.1]:0',
  'ws://[::1]',
  'ws://[::1:0',
  'ws://:0',
  'ws://',
  'ws://127.0.0.1:0\n',
]) {
  test(`${JSON.stringify(text)} is an invalid address`, () => {
    assert.throws(
      () => parseListenAddress(text),
      (error: unknown) =>
        error instanceof ExitError &&
        error.exitCode === exitCodes.failure &&
        error.message === `invalid websocket --listen URL \`${text}\`; expected \`ws://IP:PORT\``,
    );
  });
}

for (const text of ['wss://127.0.0.1:0', 'http://127.0.0.1:0', 'unix:///tmp/socket', 'WS://127.0.0.1:0', 'STDIO', 'stdio:', ' stdio', '']) {
  test(`${JSON.stringify(text)} is nothing to listen on`, () => {
    assert.throws(
      () => parseListenAddress(text),
      (error: unknown) =>
        error instanceof ExitError &&
        error.exitCode === exitCodes.failure &&
        error.message === `unsupported --listen URL \`${text}\`; expected \`ws://IP:PORT\` or \`stdio\``,
    );
  });
}
