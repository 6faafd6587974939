import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ExecClient } from '@exec-server/client';
import { McpGateway } from '@exec-server/mcp/gateway';
import { type Scenario, time, timeEach } from '../scenario.js';

const total = 5_000;
const lanes = 64;
const server = fileURLToPath(new URL('../../../fixtures/mcp-servers/honest.mjs', import.meta.url));
const initialize = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'bench', version: '1' } };
const call = { name: 'echo', arguments: { text: 'hello' } };

interface Answer {
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

/** Posts messages to an endpoint over connections that are kept. */
class Poster {
  readonly #url: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: lanes });
  #nextId = 0;
  sessionId: string | null = null;

  constructor(url: string) {
    this.#url = url;
  }

  post(method: string, params: unknown): Promise<Answer> {
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(this.sessionId === null ? {} : { 'mcp-session-id': this.sessionId }),
    };
    return new Promise((resolve, reject) => {
      const outgoing = request(this.#url, { method: 'POST', headers, agent: this.#agent }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
        response.on('end', () => resolve({ headers: response.headers, text }));
      });
      outgoing.on('error', reject).end(JSON.stringify({ jsonrpc: '2.0', id: this.#nextId++, method, params }));
    });
  }

  async callTool(): Promise<void> {
    const { text } = await this.post('tools/call', call);
    if (!text.includes('"hello"')) throw new Error(`no echo: ${text}`);
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** An MCP server as a child, and its answers by the number of the request. */
function startChild() {
  const child = spawn(process.execPath, [server], { stdio: ['pipe', 'pipe', 'inherit'] });
  const pending = new Map<number, (line: string) => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { id } = JSON.parse(line) as { id: number };
    pending.get(id)?.(line);
    pending.delete(id);
  });
  let nextId = 1;
  return {
    ask: (method: string, params: unknown) =>
      new Promise<string>((resolve) => {
        const id = nextId++;
        pending.set(id, resolve);
        child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
      }),
    close: async () => {
      child.kill('SIGKILL');
      await once(child, 'close');
    },
  };
}

async function serve<Result>(listener: RequestListener, body: (url: string) => Promise<Result>): Promise<Result> {
  const http = createServer(listener).listen(0, '127.0.0.1');
  await once(http, 'listening');
  try {
    return await body(`http://127.0.0.1:${(http.address() as AddressInfo).port}/mcpproxy`);
  } finally {
    http.closeAllConnections();
    http.close();
  }
}

async function throughGateway(client: ExecClient, measure: (poster: Poster) => Promise<number>): Promise<number> {
  await using gateway = new McpGateway({ executor: () => Promise.resolve(client) });
  await gateway.add({ name: 'echo', transport: 'stdio', command: process.execPath, args: [server] });
  return await serve(
    (incoming, response) => void gateway.handle(incoming, response, null),
    async (url) => {
      const poster = new Poster(url);
      poster.sessionId = String((await poster.post('initialize', initialize)).headers['mcp-session-id']);
      const figure = await measure(poster);
      poster.close();
      return figure;
    },
  );
}

/** The least there is between HTTP and a child: bodies in, lines out, numbers exchanged. */
async function throughRelay(measure: (poster: Poster) => Promise<number>): Promise<number> {
  const child = startChild();
  await child.ask('initialize', initialize);
  const relay = async (incoming: IncomingMessage): Promise<string> => {
    let text = '';
    for await (const piece of incoming.setEncoding('utf8')) text += String(piece);
    const { id, method, params } = JSON.parse(text) as { id: number; method: string; params: unknown };
    return JSON.stringify({ ...(JSON.parse(await child.ask(method, params)) as object), id });
  };
  try {
    return await serve(
      (incoming, response) => void relay(incoming).then((text) => response.setHeader('content-type', 'application/json').end(text)),
      async (url) => {
        const poster = new Poster(url);
        const figure = await measure(poster);
        poster.close();
        return figure;
      },
    );
  } finally {
    await child.close();
  }
}

async function perSecond(poster: Poster): Promise<number> {
  let left = total;
  const lane = async (): Promise<void> => {
    while (left-- > 0) await poster.callTool();
  };
  for (let warm = 0; warm < 200; warm++) await poster.callTool();
  const ms = await time(() => Promise.all(Array.from({ length: lanes }, lane)));
  return total / (ms / 1_000);
}

/** One tool call of a program, over HTTP and the gateway; plain Node asks the program itself. */
export const gatewayCall: Scenario = {
  name: 'tool call through the gateway',
  unit: 'ms',
  better: 'lower',
  ours: (client) => throughGateway(client, (poster) => timeEach(300, () => poster.callTool())),
  plain: async () => {
    const child = startChild();
    await child.ask('initialize', initialize);
    const ms = await timeEach(300, () => child.ask('tools/call', call));
    await child.close();
    return ms;
  },
};

/** Tool calls of a program, 64 under way; plain Node is a relay that does nothing else. */
export const gatewayCalls: Scenario = {
  name: 'tool calls, 64 at a time',
  unit: '1/s',
  better: 'higher',
  ours: (client) => throughGateway(client, perSecond),
  plain: () => throughRelay(perSecond),
};
