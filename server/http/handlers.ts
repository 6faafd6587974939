import type { Handlers } from '../handler.js';
import type { Exchanges } from './exchanges.js';

/** What the HTTP family works on. */
export interface HttpScope {
  readonly exchanges: Exchanges;
}

type Names = 'http/request' | 'http/requestBody' | 'http/cancel' | 'http/grant';

/** An exchange only waits, so that it takes none of the slots for work. */
export const httpHandlers: Handlers<Names, HttpScope> = {
  'http/request': (params, call) => call.scope.exchanges.request(params, call),

  'http/requestBody': async ({ requestId, seq, chunk, done }, { scope }) => {
    await scope.exchanges.addToBody(requestId, seq, chunk, done);
    return {};
  },

  'http/cancel': ({ requestId }, { scope }) => ({ cancelled: scope.exchanges.cancel(requestId) }),

  'http/grant': ({ requestId, bytes }, { scope }) => {
    scope.exchanges.grant(requestId, bytes);
    return {};
  },
};
