import { type CallOptions, HttpCall, type InboundListener, type Outbound } from './http-call.js';
import { Line, type LineOptions, type Route } from './line.js';

export interface HttpClientOptions extends LineOptions, CallOptions {
  /** Connections that do nothing and are kept for later, to all servers together. */
  readonly idleConnections: number;
}

/** Connections to servers: each carries one exchange at a time, and waits for a next one for a while. */
export class HttpClient {
  readonly #options: HttpClientOptions;
  readonly #lines = new Set<Line>();
  /** The one that was used last stands last. */
  readonly #idle = new Set<Line>();

  constructor(options: HttpClientOptions) {
    this.#options = options;
  }

  send(message: Outbound, listener: InboundListener): HttpCall {
    return new HttpCall(message, listener, this.#options, {
      takeIdle: () => this.#takeIdle(message.route),
      open: () => this.#open(message.route),
      release: (line, isReusable) => this.#release(line, isReusable),
    });
  }

  /** Breaks all connections. */
  close(): void {
    for (const line of this.#lines) line.close();
    this.#lines.clear();
    this.#idle.clear();
  }

  /** Connections there are, and how many of them do nothing. */
  inspect() {
    return { open: this.#lines.size, idle: this.#idle.size };
  }

  #takeIdle({ key }: Route): Line | null {
    let found: Line | null = null;
    for (const line of this.#idle) if (line.key === key) found = line;
    if (found) this.#idle.delete(found);
    return found;
  }

  #open(route: Route): Line {
    const line = new Line(route, this.#options, () => {
      if (this.#idle.has(line)) this.#drop(line); // one in use gets another connection, or its exchange fails
    });
    this.#lines.add(line);
    return line;
  }

  #release(line: Line, isReusable: boolean): void {
    if (!isReusable || !this.#lines.has(line)) {
      this.#drop(line);
      return;
    }
    this.#idle.add(line);
    const [oldest] = this.#idle;
    if (oldest && this.#idle.size > this.#options.idleConnections) this.#drop(oldest);
  }

  #drop(line: Line): void {
    this.#idle.delete(line);
    this.#lines.delete(line);
    line.close();
  }
}
