import { type Authentication, type Authenticator, readBearerToken } from './authenticator.js';

export interface JwtOptions {
  /** Shared secret, at least 32 bytes. */
  readonly secret: Uint8Array;
  /** Required `iss`; unchecked when absent. */
  readonly issuer?: string | undefined;
  /** Required member of `aud`; unchecked when absent. */
  readonly audience?: string | undefined;
  /** Tolerance for `exp` and `nbf`, in seconds; 30 by default. */
  readonly maxClockSkewSeconds?: number | undefined;
}

/** Fewest bytes of a shared secret (base). */
export const minSecretBytes = 32;

const defaultSkewSeconds = 30;
const refusal = { refusal: 'invalid websocket jwt' };

/** Lets in whoever brings a JSON Web Token signed with the secret: HS256 and nothing else, `exp` required (base). */
export class JwtAuthenticator implements Authenticator {
  readonly #options: JwtOptions;

  /** @throws RangeError for a short secret, or a tolerance that is negative or no number */
  constructor(options: JwtOptions) {
    if (options.secret.length < minSecretBytes) throw new RangeError(`the secret must be at least ${minSecretBytes} bytes`);
    if (!((options.maxClockSkewSeconds ?? 0) >= 0)) throw new RangeError('the clock skew must not be negative');
    this.#options = options;
  }

  async authenticate(authorization: string | undefined): Promise<Authentication> {
    const read = readBearerToken(authorization);
    if ('refusal' in read) return read;
    const { secret, issuer, audience, maxClockSkewSeconds = defaultSkewSeconds } = this.#options;
    const { jwtVerify } = await import('jose'); // costs time at the start that only this mode needs to spend
    try {
      const { payload } = await jwtVerify(read.token, secret, {
        algorithms: ['HS256'],
        clockTolerance: maxClockSkewSeconds,
        requiredClaims: ['exp'],
        ...(issuer === undefined ? {} : { issuer }),
        ...(audience === undefined ? {} : { audience }),
      });
      const { exp, iss, sub }: Readonly<Record<string, unknown>> = payload;
      if (!Number.isInteger(exp) || !isName(iss) || !(isName(sub) || typeof sub === 'number')) return refusal;
      // Escaped, so that a colon in a claim cannot make one bearer look like another.
      return { principal: ['jwt', iss ?? '', sub ?? ''].map((part) => encodeURIComponent(part)).join(':') };
    } catch {
      return refusal; // whatever is wrong with a token is not its bearer's to know
    }
  }
}

/** What may name an issuer or a subject (base); a claim that is null is not there. */
function isName(claim: unknown): claim is string | null | undefined {
  return claim === undefined || claim === null || typeof claim === 'string';
}
