/** Tokens and codes of a small authorization server, which lets everybody in. */
export interface Authorization {
  /** Answers a request for metadata, registration, authorization or a token; for others without a token 401; null when they may pass. */
  readonly rejects: (request: Request) => Response | null;
  /** Paths asked so far. */
  readonly asked: string[];
}

export function createAuthorization(): Authorization {
  const asked: string[] = [];
  return {
    asked,
    rejects(request) {
      const { origin, pathname, searchParams } = new URL(request.url);
      asked.push(pathname);
      switch (pathname) {
        case '/.well-known/oauth-protected-resource/mcp':
          return Response.json({ resource: `${origin}/mcp`, authorization_servers: [origin] });
        case '/.well-known/oauth-authorization-server':
          return Response.json({
            issuer: origin,
            authorization_endpoint: `${origin}/authorize`,
            token_endpoint: `${origin}/token`,
            registration_endpoint: `${origin}/register`,
            response_types_supported: ['code'],
            code_challenge_methods_supported: ['S256'],
            token_endpoint_auth_methods_supported: ['none'],
          });
        case '/register':
          return Response.json({ client_id: 'registered', redirect_uris: ['http://localhost:3000/callback'] }, { status: 201 });
        case '/authorize':
          return new Response(null, { status: 302, headers: { location: `${searchParams.get('redirect_uri')}?code=the-code` } });
        case '/token':
          return Response.json({ access_token: 'the-token', token_type: 'Bearer' });
        default: {
          if (request.headers.get('authorization') === 'Bearer the-token') return null;
          const challenge = `Bearer resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp"`;
          return new Response('who are you?', { status: 401, headers: { 'www-authenticate': challenge } });
        }
      }
    },
  };
}
