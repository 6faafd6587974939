import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { TrustStore } from '#server/http/trust-store.js';
import { tlsFixture } from '../../harness/http-peer.js';
import { Scratch } from '../../harness/scratch.js';
import { suite } from '../../harness/test.js';

const test = suite('trust store');

/** What using the store fails with; null when it can be used. */
function fault(variables: Readonly<Record<string, string>>): string | null {
  try {
    new TrustStore(new Map(Object.entries(variables))).check();
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

const advice =
  'If you set CODEX_CA_CERTIFICATE or SSL_CERT_FILE, ensure it points to a PEM file containing one or more CERTIFICATE blocks, or unset it to use system roots.';

test('H7: a file that cannot be read is told with its name, its variable and what the system says', () => {
  assert.is(
    fault({ CODEX_CA_CERTIFICATE: '/nonexistent/x', SSL_CERT_FILE: tlsFixture('ca.pem') }),
    `Failed to read CA certificate file /nonexistent/x selected by CODEX_CA_CERTIFICATE: No such file or directory (os error 2). ${advice}`,
  );
  assert.is(
    fault({ SSL_CERT_FILE: '/' }),
    `Failed to read CA certificate file / selected by SSL_CERT_FILE: Is a directory (os error 21). ${advice}`,
  );
});

test('H7: a file without certificates is told', () => {
  assert.is(
    fault({ CODEX_CA_CERTIFICATE: tlsFixture('server.key') }),
    `Failed to load CA certificates from ${tlsFixture('server.key')} selected by CODEX_CA_CERTIFICATE: no certificates found in PEM file. ${advice}`,
  );
  assert.match(String(fault({ SSL_CERT_FILE: '/dev/null' })), 'selected by SSL_CERT_FILE: no certificates found');
});

test('an empty variable is none, and what Node reads may be missing', () => {
  assert.is(fault({}), null);
  assert.is(fault({ CODEX_CA_CERTIFICATE: '', SSL_CERT_FILE: tlsFixture('ca.pem') }), null);
  assert.is(fault({ NODE_EXTRA_CA_CERTS: '/nonexistent' }), null);
});

test('a file that is put right is read then, and not again', () => {
  using scratch = new Scratch();
  const file = join(scratch.path, 'ca.pem');
  const store = new TrustStore(new Map([['CODEX_CA_CERTIFICATE', file]]));
  assert.throws(() => store.check(), /No such file/);
  writeFileSync(file, readFileSync(tlsFixture('ca.pem')));
  store.check();
  writeFileSync(file, 'nothing');
  store.check();
  assert.is(store.secureContext, store.secureContext);
});
