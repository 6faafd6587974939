/** Who asked, or why not. */
export type Authentication = { readonly principal: string } | { readonly refusal: string };

/** Decides who may come in, from the `Authorization` header of the upgrade request alone. */
export interface Authenticator {
  /** @param authorization value of the header, undefined when there is none */
  authenticate(authorization: string | undefined): Authentication | Promise<Authentication>;
}

/** The token of `Bearer <token>`, scheme in any case; or the refusal to answer with (base). */
export function readBearerToken(authorization: string | undefined): { readonly token: string } | { readonly refusal: string } {
  if (authorization === undefined) return { refusal: 'missing websocket bearer token' };
  const token = /^bearer +(\S.*)$/i.exec(authorization.trim())?.[1]?.trim();
  return token === undefined ? { refusal: 'invalid authorization header' } : { token };
}
