import type { HttpHead } from '@exec-server/client';

/** What `--write-out` can tell of a transfer. */
export interface Transfer {
  readonly response: HttpHead;
  readonly redirects: number;
  readonly method: string;
  /** Bytes of the body. */
  readonly size: number;
  readonly totalMs: number;
}

/** Fills in the variables of a format as curl(1) knows them; those not known here are empty. `\n`, `\r`, `\t` and `%%` are understood. */
export function formatReport(format: string, { response, redirects, method, size, totalMs }: Transfer): string {
  const header = (name: string): string => response.headers.find((entry) => entry.name === name)?.value ?? '';
  const code = String(response.status).padStart(3, '0');
  const values: Readonly<Record<string, string>> = {
    http_code: code,
    response_code: code,
    url_effective: response.url,
    content_type: header('content-type'),
    redirect_url: header('location'),
    num_redirects: String(redirects),
    method,
    size_download: String(size),
    time_total: (totalMs / 1_000).toFixed(6),
  };
  const escapes: Readonly<Record<string, string>> = { '\\n': '\n', '\\r': '\r', '\\t': '\t', '%%': '%' };
  return format.replace(/\\[nrt]|%%|%\{(\w+)\}/g, (text, name: string | undefined) =>
    name === undefined ? (escapes[text] ?? text) : (values[name] ?? ''),
  );
}
