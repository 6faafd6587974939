import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Limits } from '@exec-server/protocol';

/** The body is larger than it may be. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
}

/**
 * The body as text; null when it is not UTF-8. Rejects when the sender is gone before the end.
 * @throws BodyTooLargeError before more than `maxBytes` are held
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<string | null> {
  const tooLarge = (): BodyTooLargeError => new BodyTooLargeError(`the body is larger than ${maxBytes} bytes`);
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge();
  const pieces: Buffer[] = [];
  let bytes = 0;
  await new Promise<void>((resolve, reject) => {
    const take = (piece: Buffer): void => {
      bytes += piece.length;
      if (bytes > maxBytes) {
        request.pause().off('data', take);
        pieces.length = 0;
        reject(tooLarge());
      } else pieces.push(piece);
    };
    request.on('data', take);
    request.once('end', resolve);
    request.once('error', reject);
    request.once('close', () => reject(new Error('the connection was closed before the end of the body')));
  });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(pieces.length === 1 ? pieces[0] : Buffer.concat(pieces));
  } catch {
    return null;
  }
}

/** Answers with JSON text. */
export function sendJson(response: ServerResponse, status: number, json: string, headers: Readonly<Record<string, string>> = {}): void {
  send(response, status, json, { 'content-type': 'application/json', ...headers });
}

/** Answers without a body. */
export function sendEmpty(response: ServerResponse, status: number, headers: Readonly<Record<string, string>> = {}): void {
  send(response, status, '', headers);
}

/**
 * Answers a request whose body is not wanted, and ends the connection. What its sender still sends is thrown away for a
 * while: a connection that is closed under a sender takes the answer along.
 */
export function sendAndClose(request: IncomingMessage, response: ServerResponse, status: number, json: string, limits: Limits): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json), connection: 'close' });
  response.write(json); // the end closes the connection
  const end = (): void => void response.end();
  const silence = setTimeout(end, limits.mcpLingerSilenceMs);
  const longest = setTimeout(() => response.destroy(), limits.mcpLingerMs);
  request.on('data', () => silence.refresh()).once('end', end);
  request.resume();
  response.once('close', () => {
    clearTimeout(silence);
    clearTimeout(longest);
  });
}

function send(response: ServerResponse, status: number, body: string, headers: Readonly<Record<string, string>>): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
}
