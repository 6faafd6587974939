import { exitCodes, ExitError } from './exit-codes.js';

/** What the gateway tells of an upstream. */
export interface UpstreamView {
  readonly name: string;
  readonly transport: string;
  readonly status: string;
  readonly tools: readonly string[];
  readonly hiddenTools?: readonly string[];
  readonly lastError?: string | null;
  readonly [more: string]: unknown;
}

/** Asks the management routes of the gateway of a server. */
export class GatewayClient {
  readonly #url: string;
  readonly #token: string | undefined;

  /** @param url of the server, as for other commands or with `http:` @throws ExitError */
  constructor(url: string, token: string | undefined) {
    if (!/^(?:ws|http)s?:\/\//i.test(url) || !URL.canParse(url))
      throw new ExitError(`--url must be a ws:// or http:// URL, not ${url}`, exitCodes.usage);
    const { origin } = new URL(url.replace(/^ws/i, 'http'));
    this.#url = `${origin}/mcpproxy/upstreams`;
    this.#token = token;
  }

  /** The answer as data. @throws ExitError with what the gateway says */
  async ask(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<unknown> {
    const headers = {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
    };
    let response: Response;
    try {
      response = await fetch(`${this.#url}${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    } catch (error) {
      const { message, cause } = error as Error;
      throw new ExitError(`cannot reach ${this.#url}: ${cause instanceof Error ? cause.message : message}`, exitCodes.disconnected);
    }
    const text = await response.text();
    if (!response.ok) throw new ExitError(explain(response, text));
    return JSON.parse(text);
  }
}

function explain({ status }: Response, text: string): string {
  if (status === 401) return 'the server wants credentials: set EXEC_SERVER_TOKEN or --token-file';
  try {
    const { message } = JSON.parse(text) as { readonly message?: unknown };
    if (typeof message === 'string') return message;
  } catch {
    // no answer of a gateway
  }
  return status === 404 ? 'the server has no MCP gateway' : `the server answers with HTTP ${status}`;
}

/** A line for each. */
export function listUpstreams(upstreams: readonly UpstreamView[]): string {
  if (upstreams.length === 0) return 'there are none';
  const rows = [
    ['NAME', 'STATUS', 'TRANSPORT', 'TOOLS'],
    ...upstreams.map(({ name, status, transport, tools }) => [name, status, transport, String(tools.length)]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Everything about one, a line for each member that says something. */
export function describeUpstream(upstream: UpstreamView): string {
  return Object.entries(upstream)
    .filter(([, value]) => value !== null && !(Array.isArray(value) && value.length === 0))
    .map(([name, value]) => `${`${name}:`.padEnd(17)}${toText(value)}`)
    .join('\n');
}

function toText(value: unknown): string {
  if (Array.isArray(value)) return value.join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
