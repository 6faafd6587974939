import * as assert from 'uvu/assert';
import { bodyFailed, HttpFailure, requestFailed } from '#server/http/http-failure.js';
import { suite } from '../../harness/test.js';

const test = suite('HTTP failure');

test('what lies behind a failure travels beside the words of the base', () => {
  const refused = new HttpFailure('error sending request for url (http://h/)', 'ECONNREFUSED');
  const data = { reason: 'httpFailed', cause: 'ECONNREFUSED' };
  assert.equal(requestFailed(refused).toWire(), { code: -32603, message: `http/request failed: ${refused.message}`, data });
  assert.equal(bodyFailed(refused).toWire(), {
    code: -32603,
    message: `failed to read http/request response body: ${refused.message}`,
    data,
  });
});
