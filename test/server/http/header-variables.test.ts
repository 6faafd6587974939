import * as assert from 'uvu/assert';
import { HeaderVariables } from '#server/http/header-variables.js';
import { refusalOf } from '../../harness/failure.js';
import { suite } from '../../harness/test.js';

const test = suite('header variables');

const environment = new Map([
  ['TOKEN', 'secret'],
  ['EMPTY', ''],
  ['OPENAI_API_KEY', 'key'],
  ['codex_api_key', 'key'],
  ['OTHER', 'x'],
]);

test('a variable is read; one that is missing or empty is told', () => {
  const variables = new HeaderVariables(environment, null);
  assert.is(variables.read('X', 'TOKEN'), 'secret');
  assert.is(
    refusalOf(() => variables.read('X', 'NONE')),
    '-32602 http/request header X requires executor environment variable NONE',
  );
  assert.is(
    refusalOf(() => variables.read('X', '')),
    '-32602 http/request header X requires executor environment variable ',
  );
  assert.is(
    refusalOf(() => variables.read('X', 'EMPTY')),
    '-32602 http/request header X requires a non-empty executor environment variable EMPTY',
  );
});

test('secrets of the server are refused, however they are written, there or not', () => {
  const variables = new HeaderVariables(environment, null);
  const secrets = [
    'CODEX_EXEC_SERVER_NOISE_AUTH_TOKEN OPENAI_FEDERATION_RULE_ID OPENAI_IDENTITY_TOKEN_FILE OPENAI_WORKLOAD_IDENTITY_CONTEXT',
    'OPENAI_API_KEY CODEX_API_KEY CODEX_ACCESS_TOKEN CODEX_CONNECTORS_TOKEN AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN',
    'AZURE_CLIENT_SECRET AZURE_FEDERATED_TOKEN_FILE GOOGLE_APPLICATION_CREDENTIALS openai_api_key Codex_Api_Key',
  ].flatMap((names) => names.split(' '));
  assert.is(secrets.length, 16);
  for (const name of secrets) {
    assert.is(
      refusalOf(() => variables.read('X', name)),
      `-32602 http/request header X cannot use executor environment variable ${name}`,
    );
  }
});

test('with a list, only what is on it is read, and secrets are refused all the same', () => {
  const variables = new HeaderVariables(environment, ['TOKEN', 'OPENAI_API_KEY']);
  assert.is(variables.read('X', 'TOKEN'), 'secret');
  for (const name of ['OTHER', 'OPENAI_API_KEY', 'token']) {
    assert.is(
      refusalOf(() => variables.read('X', name)),
      `-32602 http/request header X cannot use executor environment variable ${name}`,
    );
  }
});
