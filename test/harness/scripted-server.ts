import { type Channel, type Notifications, type RequestId, type Requests, RpcError } from '@exec-server/protocol';
import { ScriptedChannel } from './scripted-channel.js';

/** A request as the client sent it, and on which of its connections, counted from 1. */
export interface ScriptedRequest {
  readonly connection: number;
  readonly id: RequestId;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** Returned by a script for a request that gets no answer. */
export const noAnswer = Symbol('no answer');
/** Returned by a script when the line breaks instead of an answer. */
export const lineBreak = Symbol('line break');

type Answer<Result> = Result | RpcError | typeof noAnswer | typeof lineBreak;

/** What to answer to the requests of a method; an error is returned, or thrown, as `RpcError`. `channel`: where the request came from. */
export type Script = {
  readonly [Name in keyof Requests]?: (
    params: Requests[Name]['params'],
    request: ScriptedRequest,
    channel: ScriptedChannel,
  ) => Answer<Requests[Name]['result']> | Promise<Answer<Requests[Name]['result']>>;
};

export interface ScriptedServerOptions {
  readonly capabilities?: readonly string[];
  readonly sessionId?: string;
}

/**
 * A server that does as it is told, in this process. Unless the script says otherwise it shakes hands, takes up its one
 * session, says yes to starts, writes and terminates, and refuses everything else.
 */
export class ScriptedServer {
  readonly requests: ScriptedRequest[] = [];
  readonly channels: ScriptedChannel[] = [];
  /** Connecting fails with this error while it is not null. */
  unreachable: Error | null = null;
  /** Attempts to connect, failed ones too. */
  attempts = 0;
  readonly #script: Script;
  readonly #waiters = new Set<() => void>();

  constructor(script: Script = {}, { capabilities = ['sessionClose'], sessionId = 'session-1' }: ScriptedServerOptions = {}) {
    const environmentInfo = {
      shell: { name: 'sh', path: '/bin/sh' },
      cwd: 'file:///srv/work',
      platformOs: 'linux',
      capabilities: Object.fromEntries(capabilities.map((name) => [name, true])),
    };
    this.#script = {
      initialize: () => ({ sessionId, environmentInfo }),
      'session/close': () => ({ terminated: 0 }),
      'process/start': ({ processId }) => ({ processId, pid: 4711, sandboxType: 'none' }),
      'process/write': () => ({ status: 'accepted' }),
      'process/closeStdin': () => ({ status: 'accepted' }),
      'process/terminate': () => ({ running: true }),
      ...script,
    };
  }

  /** For `ExecClient.connect`. */
  readonly openChannel = async (): Promise<Channel> => {
    this.attempts++;
    this.#wake();
    if (this.unreachable) throw this.unreachable;
    const connection = this.channels.length + 1;
    const channel: ScriptedChannel = new ScriptedChannel((text) => this.#receive(connection, channel, text));
    this.channels.push(channel);
    return channel;
  };

  /** The latest connection. */
  get channel(): ScriptedChannel {
    return this.channels.at(-1) as ScriptedChannel;
  }

  /** All requests of a method so far. */
  of(method: keyof Requests): readonly ScriptedRequest[] {
    return this.requests.filter((request) => request.method === method);
  }

  /** Resolves with the request of a method, past or to come, counted from 1. */
  async request(method: keyof Requests, count = 1): Promise<ScriptedRequest> {
    await this.until(() => this.of(method).length >= count);
    return this.of(method)[count - 1] as ScriptedRequest;
  }

  /** Resolves when `isSo`, which is looked at after every request and attempt to connect. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => this.#waiters.add(resolve));
  }

  /** Sends a notification on the latest connection, in a turn of its own. */
  notify<Name extends keyof Notifications>(method: Name, params: Notifications[Name]): void {
    const { channel } = this;
    setImmediate(() => channel.deliver({ method, params }));
  }

  /** Breaks the line, within this call. */
  cut(): void {
    this.channel.lose(new Error('the line broke'));
  }

  #receive(connection: number, channel: ScriptedChannel, text: string): void {
    const { id, method, params } = JSON.parse(text) as ScriptedRequest;
    if (id === undefined || method === undefined) return;
    const request = { connection, id, method, params };
    this.requests.push(request);
    void this.#answer(channel, request);
    this.#wake();
  }

  async #answer(channel: ScriptedChannel, request: ScriptedRequest): Promise<void> {
    const play = this.#script[request.method as keyof Requests] as
      | ((params: unknown, request: ScriptedRequest, channel: ScriptedChannel) => unknown)
      | undefined;
    let answer: unknown;
    try {
      answer = play ? await play(request.params, request, channel) : new RpcError('unknownMethod', `the script knows no ${request.method}`);
    } catch (error) {
      answer = error;
    }
    setImmediate(() => {
      if (answer === noAnswer) return;
      if (answer === lineBreak) channel.lose(new Error('the line broke'));
      else if (answer instanceof RpcError) channel.deliver({ error: answer.toWire(), id: request.id });
      else if (answer instanceof Error) throw answer;
      else channel.deliver({ id: request.id, result: answer });
    });
  }

  #wake(): void {
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const wake of waiters) wake();
  }
}
