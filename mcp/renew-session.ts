import { limits } from '@exec-server/protocol';
import type { JSONRPCMessage, JSONRPCNotification, JSONRPCRequest } from '@modelcontextprotocol/client';
import { McpProtocolError, McpTimeoutError, type Subject } from './errors.js';
import { HttpSession, type HttpSessionListener, type HttpSessionOptions } from './http-session.js';

/** What a client has said when its first session was opened, and the version of the protocol it got. */
export interface Handshake {
  readonly initialize: JSONRPCRequest;
  readonly initialized: JSONRPCNotification | null;
  readonly version: string | null;
}

let renewals = 0;

/**
 * Opens another session like the first, unseen by the client. Its messages go to the listener, but for the answer to the
 * handshake.
 * @throws McpProtocolError when the server has become another; McpTimeoutError; what the SDK's transport throws
 */
export async function renewSession(
  options: HttpSessionOptions,
  subject: Subject,
  { initialize, initialized, version }: Handshake,
  listener: HttpSessionListener,
): Promise<HttpSession> {
  const id = `renewal-${++renewals}-${crypto.randomUUID()}`;
  let answer!: (message: JSONRPCMessage) => void;
  let fail!: (error: Error) => void;
  const answered = new Promise<JSONRPCMessage>((resolve, reject) => ([answer, fail] = [resolve, reject]));
  answered.catch(() => undefined);
  const session = new HttpSession(options, {
    message: (message) => ('id' in message && message.id === id && !('method' in message) ? answer(message) : listener.message(message)),
    error: (error) => listener.error(error),
  });
  const limit = limits.mcpStartupTimeoutMs;
  const timer = setTimeout(() => fail(new McpTimeoutError(subject, 'renewing the session', limit)), limit);
  try {
    await session.start();
    const onRequestStreamEnd = (): void => fail(new McpProtocolError(subject, 'the stream of an answer has ended without the answer'));
    const sent = session.send({ ...initialize, id }, { onRequestStreamEnd });
    await Promise.race([sent, answered]);
    const message = await answered;
    const answeredVersion = versionOf(message);
    if (answeredVersion !== version)
      throw new McpProtocolError(subject, `the renewed session has protocol version ${answeredVersion} in place of ${version}`);
    session.protocolVersion = answeredVersion ?? '';
    if (initialized) await session.send(initialized);
    return session;
  } catch (error) {
    await session.close(true);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function versionOf(message: JSONRPCMessage): string | null {
  const version = 'result' in message ? message.result['protocolVersion'] : null;
  return typeof version === 'string' ? version : null;
}
