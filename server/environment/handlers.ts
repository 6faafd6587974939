import type { EnvironmentInfoResult } from '@exec-server/protocol';
import { Answer, type Handlers } from '../handler.js';

/** What is known of the machine does not change, so that its description is written once. */
export function createEnvironmentHandlers(info: EnvironmentInfoResult): Handlers<'environment/info' | 'environment/status', unknown> {
  const json = JSON.stringify(info);
  const answer = new Answer(() => json);
  return {
    'environment/info': () => answer,
    'environment/status': () => ({ status: 'ready' }),
  };
}
