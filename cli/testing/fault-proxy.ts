import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { type Direction, FaultDirection, type LineShape } from './fault-direction.js';
import { FaultLane } from './fault-lane.js';
import { SeededRandom } from './seeded-random.js';

/** What can happen to a line: see the methods of {@link FaultProxy} of the same names. */
export type FaultName = 'cut' | 'cutClients' | 'stall' | 'halfClose';

export interface FaultProxyOptions {
  /** Decides about random faults; by chance unless it is given. */
  readonly seed?: number | undefined;
  /** Where the seed is printed when random faults begin; stderr by default. */
  readonly print?: ((line: string) => void) | undefined;
}

export interface RandomFaults {
  /** Bytes between two faults, on average. */
  readonly everyBytes: number;
  /** What happens, one of them each time; `cut` by default. */
  readonly faults?: readonly FaultName[] | undefined;
  /** Whose bytes are counted; one of both each time by default. */
  readonly direction?: Direction | undefined;
  /** A stall lasts from 1 to so many milliseconds; 100 by default. */
  readonly longestStallMs?: number | undefined;
}

/** Two sockets that belong together, and what runs between them. */
interface Line {
  readonly client: Socket;
  readonly server: Socket;
  readonly lanes: Readonly<Record<Direction, FaultLane>>;
}

/** Connections to the server kept open without their client; above it the oldest are ended. */
const mostForsaken = 1_024;
const directions: readonly Direction[] = ['toServer', 'toClient'];

/**
 * A line between client and server that can go wrong: `client ⇄ proxy on 127.0.0.1 ⇄ server`. It works below WebSockets
 * and TLS, on any TCP connection. Nothing is ever reordered or changed. What waits here is bounded; above that the sender
 * is not read. The caller closes it, and every connection with it.
 */
export class FaultProxy implements AsyncDisposable {
  /** Seed of random faults. */
  readonly seed: number;
  readonly #server: Server;
  readonly #random: SeededRandom;
  readonly #print: (line: string) => void;
  readonly #directions = { toServer: new FaultDirection(), toClient: new FaultDirection() };
  readonly #lines = new Set<Line>();
  /** Sockets to the server whose client is gone. */
  readonly #forsaken = new Set<Socket>();
  readonly #waiters = new Set<() => void>();
  #target: URL;
  #accepted = 0;
  #isBlocked = false;
  #isClosed = false;
  #randomFaults: RandomFaults | null = null;
  #stallTimer: NodeJS.Timeout | null = null;

  private constructor(server: Server, target: URL, options: FaultProxyOptions) {
    this.#server = server;
    this.#target = target;
    this.#random = new SeededRandom(options.seed);
    this.seed = this.#random.seed;
    this.#print = options.print ?? ((line) => process.stderr.write(`${line}\n`));
    server.on('connection', (client) => this.#accept(client));
  }

  /** @param target URL of the server, such as `ws://127.0.0.1:4711` */
  static async start(target: string, options: FaultProxyOptions = {}): Promise<FaultProxy> {
    const server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FaultProxy(server, new URL(target), options);
  }

  get url(): string {
    return `${this.#target.protocol}//127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Connections let through so far. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Connections open now. */
  get open(): number {
    return this.#lines.size;
  }

  /** Resolves when so many connections have been let through. @throws Error when the proxy is closed before */
  async connected(count: number): Promise<void> {
    while (this.#accepted < count) {
      if (this.#isClosed) throw new Error(`the proxy was closed after ${this.#accepted} connections of ${count}`);
      await new Promise<void>((resolve) => this.#waiters.add(resolve));
    }
  }

  /** Bytes passed on in a direction so far, over all connections. */
  passedBytes(direction: Direction): number {
    return this.#directions[direction].passedBytes;
  }

  /** New connections lead to another server. */
  redirect(target: string): void {
    this.#target = new URL(target);
  }

  /** Breaks every connection there is, for both sides. New ones are let through. */
  cut(): void {
    for (const line of this.#lines) {
      stop(line);
      line.client.destroy();
      line.server.destroy();
    }
    this.#lines.clear();
  }

  /** Breaks every connection for the client only: the server is not told. */
  cutClients(): void {
    for (const line of this.#lines) {
      const { client, server } = line;
      stop(line);
      server.pause();
      server.once('close', () => this.#forsaken.delete(server));
      this.#forsaken.add(server);
      client.destroy();
    }
    this.#lines.clear();
    for (const socket of this.#forsaken) {
      if (this.#forsaken.size <= mostForsaken) break;
      this.#forsaken.delete(socket);
      socket.destroy();
    }
  }

  /** Ends one direction of every connection: its receiver sees the end of the stream, the other direction goes on. */
  halfClose(direction: Direction): void {
    for (const { lanes } of this.#lines) lanes[direction].halfClose();
  }

  /** Nothing gets through any more, in one direction or both, and nobody is told. */
  stall(direction?: Direction): void {
    this.#setStalled(true, direction);
  }

  /** Ends {@link stall}; nothing is lost. */
  resume(direction?: Direction): void {
    this.#setStalled(false, direction);
  }

  /** Sets how bytes travel from now on, in one direction or both; an empty shape is none. */
  shape(shape: LineShape, direction?: Direction): void {
    for (const name of direction ? [direction] : directions) this.#directions[name].shape = shape;
    this.#update();
  }

  /** New connections are broken at once until {@link unblock}. */
  block(): void {
    this.#isBlocked = true;
  }

  unblock(): void {
    this.#isBlocked = false;
  }

  /**
   * Has something happen at a byte: once so many more bytes have passed in a direction, counted over all connections, and
   * before any byte of the same connection behind them. A stall or a half-close concerns that direction.
   * @param bytes 1 or more
   */
  at(direction: Direction, bytes: number, fault: FaultName | (() => void)): void {
    this.#directions[direction].setTrap(bytes, () => {
      if (typeof fault === 'function') fault();
      else this.#happen(fault, direction);
    });
  }

  /** Forgets what was to happen at a byte, random faults included. */
  disarm(): void {
    this.#randomFaults = null;
    for (const name of directions) this.#directions[name].clearTraps();
  }

  /** Has something happen again and again, at bytes that the seed decides, until {@link disarm}. Prints the seed. */
  startRandomFaults(faults: RandomFaults): void {
    this.#print(`fault proxy: seed ${this.seed}`);
    this.#randomFaults = faults;
    this.#armRandom(faults);
  }

  /** Ends every connection. Safe to call twice. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.disarm();
    if (this.#stallTimer) clearTimeout(this.#stallTimer);
    this.cut();
    for (const socket of this.#forsaken) socket.destroy();
    this.#wake();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #accept(client: Socket): void {
    client.on('error', () => undefined); // 'close' follows
    if (this.#isBlocked || this.#isClosed) {
      client.destroy();
      return;
    }
    const server = connect({ ...hostOf(this.#target), allowHalfOpen: true, noDelay: true });
    server.on('error', () => undefined);
    const { toServer, toClient } = this.#directions;
    const lanes = { toServer: new FaultLane(client, server, toServer), toClient: new FaultLane(server, client, toClient) };
    const line = { client, server, lanes };
    this.#lines.add(line);
    const forget = (): void => {
      if (client.closed && server.closed) this.#lines.delete(line);
    };
    for (const socket of [client, server]) socket.once('close', forget);
    this.#accepted++;
    this.#wake();
  }

  #setStalled(isStalled: boolean, direction?: Direction): void {
    for (const name of direction ? [direction] : directions) this.#directions[name].isStalled = isStalled;
    this.#update();
  }

  #update(): void {
    for (const { lanes } of this.#lines) for (const name of directions) lanes[name].update();
  }

  #happen(fault: FaultName, direction: Direction): void {
    if (fault === 'cut') this.cut();
    else if (fault === 'cutClients') this.cutClients();
    else if (fault === 'stall') this.stall(direction);
    else this.halfClose(direction);
  }

  #armRandom(faults: RandomFaults): void {
    const { everyBytes, direction = this.#random.pick(directions), longestStallMs = 100 } = faults;
    const fault = this.#random.pick<FaultName>(faults.faults ?? ['cut']);
    const stallMs = this.#random.between(1, longestStallMs);
    const next = (): void => {
      if (this.#randomFaults === faults) this.#armRandom(faults);
    };
    this.#directions[direction].setTrap(this.#random.between(1, 2 * everyBytes - 1), () => {
      this.#happen(fault, direction);
      if (fault !== 'stall') return next();
      this.#stallTimer = setTimeout(() => {
        this.resume(direction);
        next();
      }, stallMs);
    });
  }

  #wake(): void {
    for (const wake of this.#waiters) wake();
    this.#waiters.clear();
  }
}

function stop({ lanes }: Line): void {
  for (const direction of directions) lanes[direction].stop();
}

function hostOf({ hostname, port, protocol }: URL): { readonly host: string; readonly port: number } {
  const usual = protocol === 'wss:' || protocol === 'https:' ? 443 : 80;
  return { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: port === '' ? usual : Number(port) };
}
