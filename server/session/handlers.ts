import type { EnvironmentInfoResult, ServerStatusResult } from '@exec-server/protocol';
import type { Handlers } from '../handler.js';
import type { Attachment } from './attachment.js';
import type { SessionRegistry } from './session-registry.js';
import type { Session } from './session.js';

/** What the session family works on. */
export interface SessionScope {
  readonly registry: SessionRegistry;
  /** The connection that asks. */
  readonly attachment: Attachment;
  readonly session: Session;
  readonly environmentInfo: EnvironmentInfoResult;
  status(): ServerStatusResult;
}

export const sessionHandlers: Handlers<'initialize' | 'session/close' | 'server/status', SessionScope> = {
  initialize: ({ resumeSessionId }, call) => {
    const { registry, attachment, environmentInfo } = call.scope;
    const session = typeof resumeSessionId === 'string' ? registry.resume(resumeSessionId, attachment) : registry.open(attachment);
    call.afterReply(() => session.drained());
    return { sessionId: session.id, environmentInfo };
  },

  'session/close': (_params, { scope: { registry, session } }) => ({ terminated: registry.end(session) }),

  'server/status': (_params, { scope }) => scope.status(),
};
