import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

/** A WebSocket server without any knowledge of the protocol. */
export async function startRawServer(options: { readonly autoPong?: boolean } = {}) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, maxPayload: 0, ...options });
  await once(server, 'listening');
  const connected = once(server, 'connection') as Promise<[WebSocket, IncomingMessage]>;
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    peer: connected.then(([peer]) => peer),
    request: connected.then(([, request]) => request),
    async [Symbol.asyncDispose]() {
      for (const client of server.clients) client.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A listener that takes connections and says nothing; `ended` resolves when the first of them is over. */
export async function startSilentServer() {
  const server: Server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connected = once(server, 'connection') as Promise<[Socket]>;
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connected,
    ended: connected.then(([socket]) => once(socket.on('error', () => undefined).resume(), 'close')),
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
