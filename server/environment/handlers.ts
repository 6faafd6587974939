import type { EnvironmentInfoResult } from '@exec-server/protocol';
import { Answer, type Handlers } from '../handler.js';
import { createConfigReader } from './config-read.js';

type Names = 'environment/info' | 'environment/status' | 'environmentConfig/read';

/** What is known of the machine does not change, so that its description is written once. */
export function createEnvironmentHandlers(info: EnvironmentInfoResult, variables: ReadonlyMap<string, string>): Handlers<Names, unknown> {
  const json = JSON.stringify(info);
  const answer = new Answer(() => json);
  return {
    'environment/info': () => answer,
    'environment/status': () => ({ status: 'ready' }),
    'environmentConfig/read': createConfigReader(variables),
  };
}
