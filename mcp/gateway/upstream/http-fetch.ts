const mostRedirects = 5;

export interface FetchRequest {
  readonly method: 'POST' | 'GET' | 'DELETE';
  readonly headers: Headers;
  readonly body: string | null;
  readonly signal: AbortSignal | undefined;
}

/**
 * A request that follows redirects within the origin only, so that headers never travel elsewhere.
 * @throws Error for a redirect to another origin, or too many
 */
export async function fetchSameOrigin(fetch: typeof globalThis.fetch, url: string, request: FetchRequest): Promise<Response> {
  let target = url;
  let { method, body } = request;
  for (let redirects = 0; ; redirects++) {
    const response = await fetch(target, { method, headers: request.headers, body, signal: request.signal ?? null, redirect: 'manual' });
    const location = response.headers.get('location');
    if (response.status < 300 || response.status > 399 || location === null) return response;
    await response.body?.cancel();
    const next = new URL(location, target);
    if (next.origin !== new URL(target).origin) throw new Error(`the redirect to ${next.origin} leaves the origin and is not followed`);
    if (redirects === mostRedirects) throw new Error(`more than ${mostRedirects} redirects`);
    if (response.status === 303 && method === 'POST') [method, body] = ['GET', null];
    target = next.href;
  }
}
