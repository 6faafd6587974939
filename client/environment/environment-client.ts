import type { EnvironmentInfoResult, ServerStatusResult } from '@exec-server/protocol';
import type { SessionClient } from '../session/session-client.js';

/** What the server tells of its machine and of itself. */
export class EnvironmentClient {
  readonly #session: SessionClient;

  constructor(session: SessionClient) {
    this.#session = session;
  }

  /** Shell, directories, platform and capabilities. */
  info(): Promise<EnvironmentInfoResult> {
    return this.#session.call('environment/info', null, { isRepeatable: true });
  }

  /** Resolves when the server answers, so that it is known to be there. */
  async status(): Promise<'ready'> {
    return (await this.#session.call('environment/status', null, { isRepeatable: true })).status;
  }

  /** Version, load and limits. @throws UnsupportedByServerError */
  async server(): Promise<ServerStatusResult> {
    this.#session.require('serverStatus', 'its own status');
    return this.#session.call('server/status', null, { isRepeatable: true });
  }
}
