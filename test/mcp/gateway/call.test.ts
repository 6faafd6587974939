import * as assert from 'uvu/assert';
import { featureOf, findMissingCapability, isLogLevel, logLevels, passesLevel, readCapabilities } from '#mcp/gateway/call.js';
import { suite } from '../../harness/test.js';

const test = suite('mcp gateway calls');

const read = (text: string) => {
  const { sampling, roots, elicitation } = readCapabilities(text);
  return [sampling, roots, elicitation.form, elicitation.url];
};

test('A7.5: capabilities are what is declared as an object; elicitation without a mode is by form', () => {
  assert.equal(read('{}'), [false, false, false, false]);
  assert.equal(read('{"sampling":{},"roots":{"listChanged":true},"elicitation":{}}'), [true, true, true, false]);
  assert.equal(read('{"elicitation":{"url":{}}}'), [false, false, false, true]);
  assert.equal(read('{"elicitation":{"form":{},"url":{}}}'), [false, false, true, true]);
  assert.equal(read('{"sampling":null,"roots":true,"elicitation":[]}'), [false, false, false, false]);
  assert.is(readCapabilities('{"later": 1.0}').text, '{"later": 1.0}');
});

test('A7.5: what a request needs, and what is missing for it', () => {
  assert.equal(['sampling/createMessage', 'elicitation/create', 'roots/list', 'tools/list', 'toString'].map(featureOf), [
    'sampling',
    'elicitation',
    'roots',
    null,
    null,
  ]);
  const none = readCapabilities('{}');
  assert.is(findMissingCapability(none, 'sampling', null), '{"sampling":{}}');
  assert.is(findMissingCapability(none, 'elicitation', '{"mode":"url"}'), '{"elicitation":{"url":{}}}');
  assert.is(findMissingCapability(none, 'elicitation', '{"mode":"form"}'), '{"elicitation":{"form":{}}}');
  const form = readCapabilities('{"elicitation":{},"roots":{}}');
  assert.is(findMissingCapability(form, 'elicitation', null), null);
  assert.is(findMissingCapability(form, 'roots', null), null);
});

test('A7.4: a level lets itself and the more severe ones pass, and what it does not know', () => {
  logLevels.forEach((level, at) =>
    assert.equal(
      logLevels.filter((least) => passesLevel(level, least)),
      logLevels.slice(0, at + 1),
    ),
  );
  assert.ok(passesLevel('verbose', 'emergency') && passesLevel(undefined, 'emergency'));
  assert.not.ok(isLogLevel('INFO') || isLogLevel(3));
});
