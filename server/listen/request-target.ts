import type { IncomingMessage } from 'node:http';

/**
 * Brings the head of a request into its usual form. A target that is a whole URL becomes a path, and its host that of the
 * request, whatever the header says (RFC 9112, 3.2.2). Of two hosts, or two credentials, it cannot be told which one counts:
 * the former are a fault, the latter are none.
 * @returns what is wrong with the head; null when nothing is
 */
export function normalizeTarget(request: IncomingMessage): string | null {
  if (countHeader(request, 'host') > 1) return 'several `Host` headers';
  if (countHeader(request, 'authorization') > 1) delete request.headers.authorization;
  const { url = '/' } = request;
  if (!/^https?:\/\//i.test(url)) return null;
  if (!URL.canParse(url)) return 'the target is no URL';
  const { host, pathname, search } = new URL(url);
  request.url = `${pathname}${search}`;
  request.headers.host = host;
  return null;
}

function countHeader({ rawHeaders }: IncomingMessage, name: string): number {
  return rawHeaders.filter((text, at) => at % 2 === 0 && text.toLowerCase() === name).length;
}
