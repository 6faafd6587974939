import type { TestBody } from './test.js';
import { HttpPeer, type PeerAnswer } from './http-peer.js';
import { Connectors } from '#server/http/connectors.js';
import type { HttpCall, Outbound } from '#server/http/http-call.js';
import { HttpClient } from '#server/http/http-client.js';
import { OutboundPolicy } from '#server/http/outbound-policy.js';
import { TrustStore } from '#server/http/trust-store.js';

const policy = new OutboundPolicy();

/** Connectors that trust what the variables say. */
export function createConnectors(variables: Readonly<Record<string, string>> = {}): Connectors {
  const trust = new TrustStore(new Map(Object.entries(variables)));
  return new Connectors({ lookup: (port) => policy.lookup(port), secureContext: () => trust.secureContext });
}

/** A client with small limits. The caller closes it. */
export function createHttpClient(): HttpClient {
  return new HttpClient({ idleConnections: 2, idleMs: 10_000, headBytes: 10_000, discardBytes: 100, discardMs: 10_000 });
}

/** What has come back of a call. `log` has the head, pieces, and the end. */
export interface Hearing {
  readonly call: HttpCall;
  readonly log: string[];
  readonly over: Promise<void>;
}

/** Sends a message straight to a server. `flows` says whether the body may come without being asked for. */
export function call(client: HttpClient, url: string, more: Partial<Outbound> = {}, flows = true): Hearing {
  const server = new URL(url);
  const log: string[] = [];
  let settle!: () => void;
  const over = new Promise<void>((resolve) => (settle = resolve));
  const end = (what: string): void => {
    log.push(what);
    settle();
  };
  const route = { key: server.origin, origin: server.origin, connect: createConnectors().direct(server) };
  const message = { route, target: server.pathname, method: 'GET', headers: [], body: null, ...more };
  const listener = {
    head: (status: number) => {
      log.push(`head ${status}`);
      return flows;
    },
    data: (piece: Buffer) => {
      log.push(piece.toString('latin1'));
      return flows;
    },
    ended: () => end('ended'),
    failed: (error: Error) => end(`failed ${(error as NodeJS.ErrnoException).code ?? error.message}`),
  };
  return { call: client.send(message, listener), log, over };
}

/** A test with a peer that has these answers, and a client. */
export function withPeer(answers: readonly PeerAnswer[], body: (client: HttpClient, peer: HttpPeer) => Promise<void>): TestBody {
  return async () => {
    await using peer = await HttpPeer.start(answers);
    const client = createHttpClient();
    try {
      await body(client, peer);
    } finally {
      client.close();
    }
  };
}

/** What is heard of the whole of one exchange, in one line. */
export async function exchange(client: HttpClient, url: string, more: Partial<Outbound> = {}): Promise<string> {
  const { log, over } = call(client, url, more);
  await over;
  return log.join(' ');
}
