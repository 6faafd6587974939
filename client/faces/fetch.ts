import type { ExecClient } from '../exec-client.js';
import type { HttpHeader } from '../http/http-request.js';
import { isRedirect } from '../http/redirects.js';
import { type Decoders, standardDecoders } from './content-decoding.js';
import { toRequestOptions } from './fetch-request.js';
import { toResponse } from './fetch-response.js';

export interface ExecutorFetchOptions {
  /** Sent with every request that has none of the name, also values that only the machine of the server knows. */
  readonly headers?: readonly HttpHeader[] | undefined;
  /** Longest time until the head of a response, in milliseconds; none by default. Capability `httpTimeouts`. */
  readonly headersTimeoutMs?: number | undefined;
  /** Longest silence within the body of a response, in milliseconds; none by default. Capability `httpTimeouts`. */
  readonly idleTimeoutMs?: number | undefined;
  /** Further content codings that are asked for and decoded. */
  readonly decoders?: Decoders | undefined;
}

/**
 * A `fetch` whose requests are made by the machine of the server: a real one, to be given to whatever takes a `fetch`. It
 * fails as that does: with a `TypeError` whose `cause` tells more, or with the reason of its signal.
 */
export function createExecutorFetch(client: ExecClient, options: ExecutorFetchOptions = {}): typeof fetch {
  const decoders = { ...standardDecoders, ...options.decoders };
  return async (input, init) => {
    // The platform checks and converts what is given, but for the signal, which has to be listened to once only.
    const request = new Request(input, { duplex: 'half', ...init, signal: null });
    const signal = (init?.signal === undefined && input instanceof Request ? input.signal : init?.signal) ?? undefined;
    signal?.throwIfAborted();
    try {
      checkRequest(request);
      const toSend = await toRequestOptions(request, input, init, { ...options, signal, decoders });
      const response = await client.http.request(toSend);
      if (request.redirect !== 'error' || !isRedirect(response)) return toResponse(response, decoders, signal);
      response.body?.cancel().catch(() => undefined); // nobody wants it anyhow
      throw new Error('unexpected redirect');
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw new TypeError('fetch failed', { cause: error });
    }
  };
}

/** What cannot be done is refused rather than left out. */
function checkRequest({ url, integrity }: Request): void {
  const { protocol } = new URL(url);
  if (!/^https?:$/.test(protocol)) throw new Error(`the machine of the server fetches http: and https:, not ${protocol}`);
  if (integrity !== '') throw new Error('the integrity of a response is not checked');
}
