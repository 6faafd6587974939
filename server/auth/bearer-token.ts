import { createHash, timingSafeEqual } from 'node:crypto';
import { type Authentication, type Authenticator, readBearerToken } from './authenticator.js';

/** Lets in whoever has the one token. Only its digest is kept, and digests are compared in constant time. */
export class BearerTokenAuthenticator implements Authenticator {
  readonly #digest: Buffer;

  /** @param sha256 digest of the token, 32 bytes */
  constructor(sha256: Uint8Array) {
    if (sha256.length !== 32) throw new RangeError(`a SHA-256 digest has 32 bytes, not ${sha256.length}`);
    this.#digest = Buffer.from(sha256);
  }

  /**
   * White space around the token, such as the line end of a file, is no part of it.
   * @throws RangeError for an empty token
   */
  static forToken(token: string): BearerTokenAuthenticator {
    const trimmed = token.trim(); // a header never has white space around its value
    if (trimmed === '') throw new RangeError('a token must not be empty');
    return new BearerTokenAuthenticator(digest(trimmed));
  }

  authenticate(authorization: string | undefined): Authentication {
    const read = readBearerToken(authorization);
    if ('refusal' in read) return read;
    return timingSafeEqual(digest(read.token), this.#digest) ? { principal: 'token' } : { refusal: 'invalid websocket bearer token' };
  }
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
