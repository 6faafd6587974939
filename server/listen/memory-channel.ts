import type { Channel, ChannelListener } from '@exec-server/protocol';

/** Two channels whose ends are in this process: what one sends, the other receives, in a turn of its own. */
export function createMemoryChannels(): [client: Channel, server: Channel] {
  const client = new MemoryChannel('exec-server in this process');
  const server = new MemoryChannel('client in this process');
  client.connect(server);
  server.connect(client);
  return [client, server];
}

class MemoryChannel implements Channel {
  readonly isResponsive = true;
  readonly isInProcess = true;
  #other!: MemoryChannel;
  #listener: ChannelListener | null = null;
  readonly #arrived: string[] = [];
  #arrivedBytes = 0;
  #isPaused = false;
  #isClosed = false;
  #delivery: NodeJS.Immediate | null = null;

  constructor(readonly peer: string) {}

  connect(other: MemoryChannel): void {
    this.#other = other;
  }

  get bufferedBytes(): number {
    return this.#other.#arrivedBytes;
  }

  open(listener: ChannelListener): void {
    this.#listener = listener;
    if (this.#isClosed) setImmediate(() => this.#end());
    else this.#schedule();
  }

  send(message: string | Uint8Array, sent?: () => void): void {
    if (this.#isClosed) return;
    const text =
      typeof message === 'string' ? message : Buffer.from(message.buffer, message.byteOffset, message.byteLength).toString('utf8');
    sent?.();
    this.#other.#arrived.push(text);
    this.#other.#arrivedBytes += text.length;
    this.#other.#schedule();
  }

  probe(): void {}

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#schedule();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#other.#isClosed = true;
    setImmediate(() => {
      this.#end();
      this.#other.#end();
    });
  }

  #schedule(): void {
    this.#delivery ??= setImmediate(() => this.#deliver());
  }

  #deliver(): void {
    this.#delivery = null;
    if (!this.#listener) return;
    const hadMessages = this.#arrived.length > 0;
    while (this.#arrived.length > 0 && !this.#isPaused) {
      const text = this.#arrived.shift() as string;
      this.#arrivedBytes -= text.length;
      this.#listener.message(text);
    }
    if (hadMessages && this.#arrived.length === 0) this.#other.#listener?.drained();
  }

  /** What has arrived is delivered before the end. Without a listener both wait for one. */
  #end(): void {
    if (this.#delivery) clearImmediate(this.#delivery);
    this.#isPaused = false;
    this.#deliver();
    this.#listener?.closed();
    this.#listener = null;
  }
}
