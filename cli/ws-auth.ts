import { readFileSync } from 'node:fs';
import type { Authenticator } from '@exec-server/server';
import { ExitError } from './exit-codes.js';

export interface WsAuthFlags {
  readonly wsAuth?: 'capability-token' | 'signed-bearer-token' | undefined;
  readonly wsTokenFile?: string | undefined;
  readonly wsTokenSha256?: string | undefined;
  readonly wsSharedSecretFile?: string | undefined;
  readonly wsIssuer?: string | undefined;
  readonly wsAudience?: string | undefined;
  readonly wsMaxClockSkewSeconds?: number | undefined;
}

/**
 * What the `--ws-…` flags ask for; null when there are none.
 * @throws ExitError for combinations and files that cannot be used, in the words of the base
 */
export async function createAuthenticator(flags: WsAuthFlags, isStdio: boolean): Promise<Authenticator | null> {
  const hasTokenFlags = flags.wsTokenFile !== undefined || flags.wsTokenSha256 !== undefined;
  const hasJwtFlags = [flags.wsSharedSecretFile, flags.wsIssuer, flags.wsAudience, flags.wsMaxClockSkewSeconds].some(
    (flag) => flag !== undefined,
  );
  if (flags.wsAuth === undefined) {
    if (hasTokenFlags || hasJwtFlags) {
      throw new ExitError('websocket auth flags require `--ws-auth capability-token` or `--ws-auth signed-bearer-token`');
    }
    return null;
  }
  const authenticator = await (flags.wsAuth === 'capability-token'
    ? createTokenAuthenticator(flags, hasJwtFlags)
    : createJwtAuthenticator(flags, hasTokenFlags));
  if (isStdio) throw new ExitError('WebSocket auth requires a WebSocket listener, not stdio');
  return authenticator;
}

async function createTokenAuthenticator({ wsTokenFile, wsTokenSha256 }: WsAuthFlags, hasJwtFlags: boolean): Promise<Authenticator> {
  if (hasJwtFlags) {
    throw new ExitError(
      '`--ws-shared-secret-file`, `--ws-issuer`, `--ws-audience`, and `--ws-max-clock-skew-seconds` require `--ws-auth signed-bearer-token`',
    );
  }
  if (wsTokenFile !== undefined && wsTokenSha256 !== undefined)
    throw new ExitError('`--ws-token-file` and `--ws-token-sha256` are mutually exclusive');
  const { BearerTokenAuthenticator } = await import('@exec-server/server');
  if (wsTokenFile !== undefined) return BearerTokenAuthenticator.forToken(readSecret(wsTokenFile));
  if (wsTokenSha256 === undefined) {
    throw new ExitError('`--ws-token-file` or `--ws-token-sha256` is required when `--ws-auth capability-token` is set');
  }
  if (!/^[0-9a-f]{64}$/i.test(wsTokenSha256.trim())) throw new ExitError('--ws-token-sha256 must be a 64-character hex SHA-256 digest');
  return new BearerTokenAuthenticator(Buffer.from(wsTokenSha256.trim(), 'hex'));
}

async function createJwtAuthenticator(flags: WsAuthFlags, hasTokenFlags: boolean): Promise<Authenticator> {
  if (hasTokenFlags) {
    throw new ExitError('`--ws-token-file` and `--ws-token-sha256` require `--ws-auth capability-token`, not `signed-bearer-token`');
  }
  const file = flags.wsSharedSecretFile;
  if (file === undefined) throw new ExitError('`--ws-shared-secret-file` is required when `--ws-auth signed-bearer-token` is set');
  const { JwtAuthenticator, minSecretBytes } = await import('@exec-server/server');
  const secret = Buffer.from(readSecret(file));
  if (secret.length < minSecretBytes)
    throw new ExitError(`signed websocket bearer secret ${file} must be at least ${minSecretBytes} bytes`);
  return new JwtAuthenticator({
    secret,
    issuer: flags.wsIssuer,
    audience: flags.wsAudience,
    maxClockSkewSeconds: flags.wsMaxClockSkewSeconds,
  });
}

function readSecret(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new ExitError(`failed to read websocket auth secret ${path}: ${(error as Error).message}`);
  }
  if (text === '') throw new ExitError(`websocket auth secret ${path} must not be empty`);
  return text;
}
