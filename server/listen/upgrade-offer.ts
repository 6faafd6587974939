import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';

/** Whether a request wants to become a WebSocket, and not something else that nobody here speaks, such as `h2c`. */
export function wantsWebSocket({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && listsWord(headers.upgrade, 'websocket');
}

/**
 * Answers a request as if it had offered no upgrade: an offer that is not taken is passed over (RFC 9110, 7.8). Node has
 * let go of its connection, the body unread; so the request is read once more, without the offer.
 * @param head what came behind the request head already
 */
export function answerWithoutUpgrade(server: Server, request: IncomingMessage, socket: Socket, head: Buffer): void {
  const { method = 'GET', url = '/', rawHeaders, httpVersion } = request;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = [rawHeaders[at], rawHeaders[at + 1]];
    if (/^(?:upgrade|http2-settings)$/i.test(name)) continue;
    const kept = /^connection$/i.test(name) ? withoutWords(value, ['upgrade', 'http2-settings']) : value;
    if (kept !== '' || value === '') lines.push(`${name}: ${kept}`);
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  server.emit('connection', socket);
}

/** Whether a comma-separated header value has the word, in any case. */
export function listsWord(value: string | undefined, word: string): boolean {
  return splitWords(value ?? '').some((entry) => entry.toLowerCase() === word);
}

function withoutWords(value: string, words: readonly string[]): string {
  return splitWords(value)
    .filter((entry) => !words.includes(entry.toLowerCase()))
    .join(', ');
}

function splitWords(value: string): string[] {
  return value.split(',').map((entry) => entry.trim());
}
