import { RpcError } from '@exec-server/protocol';
import type { Handlers } from '../handler.js';
import type { Exchanges } from './exchanges.js';

/** What the HTTP family works on. */
export interface HttpScope {
  readonly exchanges: Exchanges;
}

function notYet(): never {
  throw new RpcError('unknownMethod', 'not yet');
}

export const httpHandlers: Handlers<'http/request' | 'http/requestBody' | 'http/cancel' | 'http/grant', HttpScope> = {
  'http/request': notYet,
  'http/requestBody': notYet,
  'http/cancel': notYet,
  'http/grant': notYet,
};
