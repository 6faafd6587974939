import { type IncomingHttpHeaders, type IncomingMessage, Agent, request } from 'node:http';
import { createParser } from 'eventsource-parser';

/** A message as it stands on the wire. */
export interface McpMessage {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

/** A message with its text, and the id of its event when it came as one. */
export interface Received {
  readonly text: string;
  readonly json: McpMessage;
  readonly eventId: string | undefined;
}

export interface McpCallerOptions {
  readonly capabilities?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly revision?: string;
}

/** An answer whose messages come as they are said: one for JSON, any number for an event stream. */
export class McpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly messages: Received[] = [];
  /** Ids of events without data. */
  readonly primers: string[] = [];
  /** Everything that came, as text. */
  body = '';
  isOver = false;
  readonly #response: IncomingMessage;
  #waiters: (() => void)[] = [];

  constructor(response: IncomingMessage) {
    this.#response = response;
    this.status = response.statusCode ?? 0;
    this.headers = response.headers;
    const isStream = (response.headers['content-type'] ?? '').startsWith('text/event-stream');
    const parser = createParser({
      onEvent: ({ id, data }) => {
        if (data === '') this.primers.push(id ?? '');
        else this.#take(data, id);
      },
    });
    response.setEncoding('utf8');
    response.on('data', (text: string) => {
      this.body += text;
      if (isStream) parser.feed(text);
      this.#wake();
    });
    response.on('error', () => undefined); // 'close' follows
    response.on('close', () => {
      if (!isStream && this.body !== '') this.#take(this.body, undefined);
      this.isOver = true;
      this.#wake();
    });
  }

  /** The first message, past or to come, that fits. @throws Error when the answer ends before */
  async find(fits: (message: McpMessage) => boolean): Promise<Received> {
    for (let at = 0; ; at++) {
      while (at >= this.messages.length) {
        if (this.isOver) throw new Error(`the answer (${this.status}) ended without the message: ${this.body.slice(0, 500)}`);
        await new Promise<void>((resolve) => this.#waiters.push(resolve));
      }
      const message = this.messages[at] as Received;
      if (fits(message.json)) return message;
    }
  }

  /** The message that answers the request. */
  response(): Promise<Received> {
    return this.find(({ result, error }) => result !== undefined || error !== undefined);
  }

  /** Resolves when the answer has ended. */
  async ended(): Promise<this> {
    while (!this.isOver) await new Promise<void>((resolve) => this.#waiters.push(resolve));
    return this;
  }

  /** Breaks the connection. */
  cut(): void {
    this.#response.destroy();
  }

  /** Reads no more, as a slow reader does. */
  pause(): void {
    this.#response.pause();
  }

  #take(text: string, eventId: string | undefined): void {
    try {
      this.messages.push({ text, json: JSON.parse(text) as McpMessage, eventId });
    } catch {
      // a body that is no JSON
    }
  }

  #wake(): void {
    for (const waiter of this.#waiters.splice(0)) waiter();
  }
}

/** A caller of an MCP endpoint without manners: says any text with any headers and shows every message. */
export class McpCaller {
  readonly #endpoint: string;
  readonly #options: McpCallerOptions;
  readonly #agent = new Agent({ keepAlive: true });
  #nextId = 1;
  sessionId: string | null = null;

  constructor(endpoint: string, options: McpCallerOptions) {
    this.#endpoint = endpoint;
    this.#options = options;
  }

  /** Sends a request as it is given; resolves with the head of the answer. Headers that are undefined are left out. */
  send(method: string, body: string | null, headers: Readonly<Record<string, string | undefined>> = {}): Promise<McpAnswer> {
    const all = {
      ...(body === null ? {} : { 'content-type': 'application/json' }),
      accept: 'application/json, text/event-stream',
      ...(this.sessionId === null ? {} : { 'mcp-session-id': this.sessionId }),
      ...this.#options.headers,
      ...headers,
    };
    const present = Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined));
    return new Promise((resolve, reject) => {
      const outgoing = request(this.#endpoint, { method, headers: present, agent: this.#agent }, (response) =>
        resolve(new McpAnswer(response)),
      );
      outgoing.on('error', reject);
      outgoing.end(body ?? undefined);
    });
  }

  post(message: unknown, headers: Readonly<Record<string, string | undefined>> = {}): Promise<McpAnswer> {
    return this.send('POST', typeof message === 'string' ? message : JSON.stringify(message), headers);
  }

  listen(lastEventId?: string): Promise<McpAnswer> {
    return this.send('GET', null, { accept: 'text/event-stream', 'last-event-id': lastEventId });
  }

  /** Opens a session. */
  async initialize(): Promise<McpMessage> {
    const { capabilities = {}, revision = '2025-11-25' } = this.#options;
    const params = { protocolVersion: revision, capabilities, clientInfo: { name: 'test', version: '1' } };
    const answer = await this.post({ jsonrpc: '2.0', id: 'init', method: 'initialize', params });
    const { json } = await answer.response();
    if (json.error) throw new Error(`initialize failed: ${json.error.message}`);
    this.sessionId = String(answer.headers['mcp-session-id']);
    await this.notify('notifications/initialized');
    return json;
  }

  async notify(method: string, params?: unknown): Promise<McpAnswer> {
    return (await this.post({ jsonrpc: '2.0', method, ...(params === undefined ? {} : { params }) })).ended();
  }

  /** Sends a request; resolves with the head of the answer. */
  begin(method: string, params?: unknown, headers?: Readonly<Record<string, string | undefined>>): Promise<McpAnswer> {
    return this.post({ jsonrpc: '2.0', id: this.#nextId++, method, ...(params === undefined ? {} : { params }) }, headers);
  }

  /** Sends a request and waits for the message that answers it. */
  async request(method: string, params?: unknown): Promise<McpMessage> {
    return (await (await this.begin(method, params)).response()).json;
  }

  callTool(name: string, args: unknown = {}, more: Readonly<Record<string, unknown>> = {}): Promise<McpMessage> {
    return this.request('tools/call', { name, arguments: args, ...more });
  }

  /** The text a tool answers with. @throws Error when it answers with an error */
  async toolText(name: string, args: unknown = {}): Promise<string> {
    const { result, error } = await this.callTool(name, args);
    if (!result) throw new Error(error?.message);
    return (result['content'] as { text: string }[])[0]?.text ?? '';
  }

  async toolNames(): Promise<string[]> {
    const { result } = await this.request('tools/list');
    return namesIn(result?.['tools']);
  }

  close(): void {
    this.#agent.destroy();
  }
}

function namesIn(list: unknown): string[] {
  return (list as readonly { readonly name: string }[]).map(({ name }) => name);
}
