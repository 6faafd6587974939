import { readFileSync } from 'node:fs';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import { describeOsError, readOsError } from '../os-error.js';
import { HttpFailure } from './http-failure.js';

/** Where systems keep the certificates they trust, most specific first. */
const systemBundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

const advice =
  'If you set CODEX_CA_CERTIFICATE or SSL_CERT_FILE, ensure it points to a PEM file containing one or more CERTIFICATE blocks, ' +
  'or unset it to use system roots.';

/**
 * Whom TLS connections trust: the certificates of the system, or those Node brings when there are none, and those of the
 * file that `CODEX_CA_CERTIFICATE`, else `SSL_CERT_FILE`, names (base), and of `NODE_EXTRA_CA_CERTS`.
 */
export class TrustStore {
  readonly #variables: ReadonlyMap<string, string>;
  #extra: readonly string[] | null = null;
  #secureContext: SecureContext | null = null;

  /** @param variables those of the server */
  constructor(variables: ReadonlyMap<string, string>) {
    this.#variables = variables;
  }

  /**
   * Reads the files the variables name, once they can be read.
   * @throws HttpFailure with the words of the base: no request is made while one of them cannot be used
   */
  check(): void {
    this.#extra ??= [...this.#readSelected(), ...this.#readNodeExtra()];
  }

  /** @throws HttpFailure as {@link check} does; Error when a certificate is no certificate */
  get secureContext(): SecureContext {
    this.check();
    this.#secureContext ??= createSecureContext({ ca: [...readSystemRoots(), ...(this.#extra ?? [])] });
    return this.#secureContext;
  }

  #readSelected(): readonly string[] {
    const selected = ['CODEX_CA_CERTIFICATE', 'SSL_CERT_FILE'].find(
      (name) => this.#variables.get(name) !== undefined && this.#variables.get(name) !== '',
    );
    if (selected === undefined) return [];
    const path = this.#variables.get(selected) ?? '';
    let text: string;
    try {
      text = readFileSync(path, 'latin1');
    } catch (error) {
      const code = readOsError(error);
      const words = code === null ? String(error) : describeOsError(code);
      throw new HttpFailure(`Failed to read CA certificate file ${path} selected by ${selected}: ${words}. ${advice}`, 'certificates');
    }
    const certificates = splitPem(text);
    if (certificates.length > 0) return certificates;
    throw new HttpFailure(
      `Failed to load CA certificates from ${path} selected by ${selected}: no certificates found in PEM file. ${advice}`,
      'certificates',
    );
  }

  /** Node itself only warns when it cannot read them. */
  #readNodeExtra(): readonly string[] {
    return readPem(this.#variables.get('NODE_EXTRA_CA_CERTS') ?? '') ?? [];
  }
}

function readSystemRoots(): readonly string[] {
  for (const path of systemBundles) {
    const certificates = readPem(path);
    if (certificates) return certificates;
  }
  return rootCertificates;
}

/** Null when there are none to be had. */
function readPem(path: string): readonly string[] | null {
  if (path === '') return null;
  try {
    const certificates = splitPem(readFileSync(path, 'latin1'));
    return certificates.length > 0 ? certificates : null;
  } catch {
    return null;
  }
}

function splitPem(text: string): readonly string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
}
