import * as assert from 'uvu/assert';
import { parseConfigText } from '#mcp/config/config-text.js';
import { suite } from '../../harness/test.js';

const test = suite('config-text');

test('the name of the file tells what is in it', () => {
  assert.equal({ ...(parseConfigText('a = 1', 'x.TOML') as object) }, { a: 1 });
  assert.equal(parseConfigText('\uFEFF{"a": 1}', 'x.json'), { a: 1 });
  assert.equal(parseConfigText('{"a": 1}', 'no extension'), { a: 1 });
});

test('what cannot be read is told without a word of it', () => {
  for (const [text, file] of [
    ['token = "secret-value', 'a.toml'],
    ['token = secret-value', 'a.toml'],
    ['{"token": secret-value}', 'a.json'],
    ['{"token": "secret-value"', 'a.json'],
  ] as const) {
    assert.throws(
      () => parseConfigText(text, file),
      (error: Error) => error.message.startsWith(`${file}: `) && !`${error.stack}${String(error.cause)}`.includes('secret'),
    );
  }
});
