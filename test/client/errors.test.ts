import * as client from '@exec-server/client';
import * as assert from 'uvu/assert';
import { suite } from '../harness/test.js';

const test = suite('client errors');

const errors = [
  new client.DisconnectedError('gone'),
  new client.SessionLostError('lost'),
  new client.OutcomeUnknownError('process/start'),
  new client.CallTimeoutError('connecting', 50),
  new client.UnsupportedByServerError('listing', 'processList'),
  new client.ConnectionRefusedError(403, ''),
  new client.OutputGapError(3, 9),
  new client.StdinClosedError('no input'),
];

test('each error carries the name of its class', () => {
  for (const error of errors) assert.is(error.name, error.constructor.name);
});

test('a lost session and an unknown outcome are kinds of being disconnected', () => {
  assert.equal(
    errors.filter((error) => error instanceof client.DisconnectedError).map(({ name }) => name),
    ['DisconnectedError', 'SessionLostError', 'OutcomeUnknownError'],
  );
});

test('messages name the subject, the value and the unit', () => {
  assert.equal(
    errors.slice(2, 7).map(({ message }) => message),
    [
      'the connection was lost before the answer to process/start came: it may have been carried out or not',
      'connecting took longer than 50 ms',
      'the server does not support listing (capability `processList`)',
      'the server refused the connection: 403',
      'output 3 to 9 of the process was not read in time and is lost',
    ],
  );
});
