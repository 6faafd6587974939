import type { RequestListener, ServerResponse } from 'node:http';
import { readBody } from './web-origin.js';

/** A handler of web requests and responses as one of `node:http`. A client that hangs up cancels the body of the response. */
export function toListener(handle: (request: Request) => Promise<Response>): RequestListener {
  return (incoming, outgoing) => {
    void (async () => {
      const headers = Object.entries(incoming.headers).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, String(value)] as const],
      );
      const body = await readBody(incoming);
      const request = new Request(new URL(incoming.url ?? '/', `http://${incoming.headers.host}`), {
        method: incoming.method ?? 'GET',
        headers: headers.map(([name, value]): [string, string] => [name, value]),
        ...(body.length > 0 ? { body: new Uint8Array(body) } : {}),
      });
      await write(await handle(request), outgoing);
    })();
  };
}

async function write(response: Response, outgoing: ServerResponse): Promise<void> {
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  outgoing.flushHeaders();
  const reader = response.body?.getReader();
  outgoing.on('close', () => void reader?.cancel().catch(() => undefined));
  for (;;) {
    const piece = await reader?.read();
    if (!piece || piece.done) break;
    outgoing.write(piece.value);
  }
  outgoing.end();
}
