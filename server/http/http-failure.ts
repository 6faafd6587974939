import { RpcError } from '@exec-server/protocol';

/** An exchange that came to no good end. */
export class HttpFailure extends Error {
  override readonly name = 'HttpFailure';
  /** What lies behind it, such as `ECONNREFUSED`: for people, and not part of the protocol. */
  readonly reason: string;
  /** The client wanted it so. */
  readonly isWanted: boolean;

  /** @param message the words of the base, without the name of the method */
  constructor(message: string, reason: string, isWanted = false) {
    super(message);
    this.reason = reason;
    this.isWanted = isWanted;
  }
}

/** There was no response. */
export function requestFailed({ message, reason }: HttpFailure): RpcError {
  return new RpcError('httpFailed', `http/request failed: ${message}`, { cause: reason });
}

/** There was a response, but its body did not come whole. */
export function bodyFailed({ message, reason }: HttpFailure): RpcError {
  return new RpcError('httpFailed', `failed to read http/request response body: ${message}`, { cause: reason });
}
