import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { program } from '../servers.js';
import type { CodexHome } from './codex-home.js';

/** Something the app server tells unasked. */
export interface AppEvent {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** What a turn has done, such as a command; members differ by type. */
export interface TurnItem {
  readonly id: string;
  readonly type: string;
  readonly [member: string]: unknown;
}

/** A turn that is over. */
export interface Turn {
  readonly status: 'completed' | 'interrupted' | 'failed';
  readonly error: { readonly message: string } | null;
  readonly items: readonly TurnItem[];
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** How long it may take to end after the end of its input, in milliseconds, before it is killed. */
const endMs = 5_000;

/** `codex app-server`, spoken to over its stdin and stdout, with one conversation. Leaving the block ends it. */
export class AppServer implements AsyncDisposable {
  readonly events: AppEvent[] = [];
  /** All it has logged. */
  log = '';
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<unknown>;
  readonly #pending = new Map<number, Pending>();
  readonly #waiters = new Set<() => void>();
  #lastId = 0;
  #threadId = '';
  #isOver = false;

  private constructor(home: CodexHome, execServerUrl: string) {
    this.#child = spawn(program, ['app-server'], { env: home.variables(execServerUrl) });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => (this.log += text));
    this.#child.stdin.on('error', () => undefined); // it has ended
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#receive(line));
    this.#ended = once(this.#child, 'close').then(() => {
      this.#isOver = true;
      for (const { reject } of this.#pending.values()) reject(new Error(`it has ended: ${this.log}`));
      this.#wake();
    });
  }

  /** Begins a conversation in this directory of the executor. @param more of what it may be begun with */
  static async start(
    home: CodexHome,
    execServerUrl: string,
    cwd: string,
    more: Readonly<Record<string, unknown>> = {},
  ): Promise<AppServer> {
    const app = new AppServer(home, execServerUrl);
    await app.call('initialize', { clientInfo: { name: 'interop', title: null, version: '1' }, capabilities: { experimentalApi: true } });
    app.#send({ method: 'initialized' });
    const { thread } = (await app.call('thread/start', { cwd, ...more })) as { readonly thread: { readonly id: string } };
    app.#threadId = thread.id;
    return app;
  }

  /** @throws Error when it answers with one, or ends */
  call(method: string, params: unknown): Promise<unknown> {
    const id = ++this.#lastId;
    this.#send({ id, method, params });
    return new Promise((resolve, reject) => this.#pending.set(id, { resolve, reject }));
  }

  /** Says something to the model; returns the id of the turn. */
  async startTurn(text = 'go'): Promise<string> {
    const input = [{ type: 'text', text, text_elements: [] }];
    const { turn } = (await this.call('turn/start', { threadId: this.#threadId, input })) as { readonly turn: { readonly id: string } };
    return turn.id;
  }

  async interrupt(turnId: string): Promise<void> {
    await this.call('turn/interrupt', { threadId: this.#threadId, turnId });
  }

  /** The end of a turn, with everything that was completed in it. */
  async ended(turnId: string): Promise<Turn> {
    const isOf = ({ params }: AppEvent): boolean =>
      params['turnId'] === turnId || (params['turn'] as { id?: string } | undefined)?.id === turnId;
    const { params } = await this.find((event) => event.method === 'turn/completed' && isOf(event));
    const items = this.events.flatMap((event) =>
      event.method === 'item/completed' && isOf(event) ? [event.params['item'] as TurnItem] : [],
    );
    return { ...(params['turn'] as Turn), items };
  }

  /** Says something to the model and waits until the turn has ended. */
  async turn(text?: string): Promise<Turn> {
    return this.ended(await this.startTurn(text));
  }

  /** The first event, past or to come, that fits. @throws Error when it ends before */
  async find(fits: (event: AppEvent) => boolean): Promise<AppEvent> {
    for (let at = 0; ; at++) {
      while (at >= this.events.length) {
        if (this.#isOver) throw new Error(`it has ended: ${this.log}`);
        await new Promise<void>((resolve) => this.#waiters.add(resolve));
      }
      const event = this.events[at] as AppEvent;
      if (fits(event)) return event;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), endMs);
    await this.#ended;
    clearTimeout(timer);
  }

  #send(message: unknown): void {
    this.#child.stdin.write(`${JSON.stringify(message)}\n`);
  }

  #receive(line: string): void {
    const { id, method, params, result, error } = JSON.parse(line) as {
      readonly id?: number;
      readonly method?: string;
      readonly params?: Record<string, unknown>;
      readonly result?: unknown;
      readonly error?: { readonly message: string };
    };
    if (method !== undefined) {
      this.events.push({ method, params: params ?? {} });
      this.#wake();
      return;
    }
    const pending = this.#pending.get(id ?? -1);
    this.#pending.delete(id ?? -1);
    if (error) pending?.reject(new Error(error.message));
    else pending?.resolve(result);
  }

  #wake(): void {
    for (const wake of this.#waiters) wake();
    this.#waiters.clear();
  }
}
