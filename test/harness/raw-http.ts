import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createExecServer, type ExecServer, type ExecServerOptions } from '@exec-server/server';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a client sends to become a WebSocket. */
export const upgradeHeaders = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
} as const;

export interface RawRequest {
  readonly method?: string;
  readonly path?: string;
  /** Besides `host`, which names the server unless it is given here; undefined leaves a header out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

/** A server that listens on the loopback, for as long as the body runs. */
export async function withListener(
  body: (url: string, server: ExecServer) => Promise<void>,
  options: ExecServerOptions = {},
): Promise<void> {
  await using server = createExecServer(options);
  await body(await server.listen(), server);
}

/** Connects to the server at a `ws:` URL. */
export async function connectTo(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port) });
  socket.on('error', () => undefined); // 'close' follows
  await once(socket, 'connect');
  return socket;
}

export function writeRequest(url: string, { method = 'GET', path = '/', headers = {} }: RawRequest = {}): string {
  const all = { host: new URL(url).host, connection: 'close', ...headers };
  const lines = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
  return `${[`${method} ${path} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n`;
}

/** Sends a request as it is given and reads the answer; an answer of 101 ends the exchange. */
export async function ask(url: string, request: RawRequest = {}): Promise<RawAnswer> {
  const socket = await connectTo(url);
  let text = '';
  const isComplete = (): boolean => text.startsWith('HTTP/1.1 101') && text.includes('\r\n\r\n');
  await new Promise<void>((resolve) => {
    socket.setEncoding('latin1').on('data', (piece: string) => {
      text += piece;
      if (isComplete()) resolve();
    });
    socket.once('close', () => resolve());
    socket.write(writeRequest(url, request));
  });
  socket.destroy();
  return parseAnswer(text);
}

export function parseAnswer(text: string): RawAnswer {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return { status: Number(statusLine.split(' ')[1]), headers: Object.fromEntries(headers), body: rest.join('\r\n\r\n') };
}
