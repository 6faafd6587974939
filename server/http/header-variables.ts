import { RpcError } from '@exec-server/protocol';

/** Secrets of the server that no client gets into a header (base). */
const refused = new Set([
  'CODEX_EXEC_SERVER_NOISE_AUTH_TOKEN',
  'OPENAI_FEDERATION_RULE_ID',
  'OPENAI_IDENTITY_TOKEN_FILE',
  'OPENAI_WORKLOAD_IDENTITY_CONTEXT',
  'OPENAI_API_KEY',
  'CODEX_API_KEY',
  'CODEX_ACCESS_TOKEN',
  'CODEX_CONNECTORS_TOKEN',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AZURE_CLIENT_SECRET',
  'AZURE_FEDERATED_TOKEN_FILE',
  'GOOGLE_APPLICATION_CREDENTIALS',
]);

/** The variables of the server whose values a client may have put into headers. */
export class HeaderVariables {
  readonly #variables: ReadonlyMap<string, string>;
  readonly #allowed: ReadonlySet<string> | null;

  /** @param allowed names, as they are written; null for all but the secrets */
  constructor(variables: ReadonlyMap<string, string>, allowed: readonly string[] | null) {
    this.#variables = variables;
    this.#allowed = allowed && new Set(allowed);
  }

  /**
   * The value for the header.
   * @throws RpcError `invalidParams` with the words of the base
   */
  read(header: string, variable: string): string {
    if (refused.has(variable.toUpperCase()) || (this.#allowed && !this.#allowed.has(variable))) {
      throw invalid(header, `cannot use executor environment variable ${variable}`);
    }
    const value = this.#variables.get(variable);
    if (value === undefined) throw invalid(header, `requires executor environment variable ${variable}`);
    if (value === '') throw invalid(header, `requires a non-empty executor environment variable ${variable}`);
    return value;
  }
}

function invalid(header: string, words: string): RpcError {
  return new RpcError('invalidParams', `http/request header ${header} ${words}`);
}
