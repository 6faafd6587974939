import { encodeBase64, limits } from '@exec-server/protocol';
import { OutcomeUnknownError } from '../errors.js';
import { type FileHandles, isHandleLost, mostReopenings } from './file-handles.js';

export interface BlockWriterOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told how many bytes the server has taken so far. */
  readonly onWritten?: ((bytes: number) => void) | undefined;
}

interface Block {
  readonly offset: number;
  readonly bytes: number;
  /** Base64. */
  readonly chunk: string;
}

/**
 * Writes a file from its beginning to its end, in blocks of which `fileBlocksInFlight` are under way at most; what comes in
 * small pieces while others are under way is gathered. When the line breaks the file is opened again and the blocks without
 * an answer are written once more, at their places; a server that cannot open a file without emptying it (no `fsOpenUpdate`)
 * makes the writing fail with `OutcomeUnknownError`. The caller closes it, or aborts.
 */
export class BlockWriter {
  readonly #handles: FileHandles;
  readonly #path: string;
  readonly #options: BlockWriterOptions;
  #handleId: string | null = null;
  readonly #gathered: { bytes: Uint8Array; used: number } = { bytes: new Uint8Array(0), used: 0 };
  /** Sent, or to be sent again, by their offsets; without an answer yet. */
  readonly #blocks = new Map<number, Block>();
  /** Blocks on their way. */
  #inFlight = 0;
  #offset = 0;
  #written = 0;
  /** The handle is gone; what is on its way will fail. */
  #lost: unknown = null;
  #reopenings = 0;
  #failure: unknown = null;
  #wake: (() => void) | null = null;

  constructor(handles: FileHandles, path: string, options: BlockWriterOptions = {}) {
    this.#handles = handles;
    this.#path = path;
    this.#options = options;
  }

  /** Creates the file, or empties it. */
  async open(): Promise<void> {
    this.#handleId = await this.#handles.open(this.#path, { mode: 'replace', signal: this.#options.signal });
  }

  /** Resolves when there is room for more; the bytes may be used again then. One call at a time. */
  async write(bytes: Uint8Array): Promise<void> {
    let rest = bytes;
    while (rest.length > 0) {
      await this.#room();
      if (this.#gathered.used === 0 && (rest.length >= limits.fileBlockBytes || this.#blocks.size === 0)) {
        this.#add(rest.subarray(0, limits.fileBlockBytes));
        rest = rest.subarray(limits.fileBlockBytes);
      } else {
        rest = this.#gather(rest);
        if (this.#gathered.used === limits.fileBlockBytes) this.#addGathered();
      }
    }
  }

  /** Resolves when the server has everything. */
  async close(): Promise<void> {
    this.#addGathered();
    while (this.#blocks.size > 0 && this.#failure === null) await this.#change();
    this.#throwIfFailed();
    await this.#closeHandle();
  }

  /** Gives it up; what was written stays in the file. */
  async abort(): Promise<void> {
    this.#failure ??= new Error('the writing was given up');
    await this.#closeHandle();
  }

  async #room(): Promise<void> {
    this.#throwIfFailed();
    while (this.#blocks.size >= limits.fileBlocksInFlight) {
      await this.#change();
      this.#throwIfFailed();
    }
  }

  /** Returns what does not fit. */
  #gather(bytes: Uint8Array): Uint8Array {
    const { used } = this.#gathered;
    const part = bytes.subarray(0, limits.fileBlockBytes - used);
    if (this.#gathered.bytes.length === 0) this.#gathered.bytes = new Uint8Array(limits.fileBlockBytes);
    this.#gathered.bytes.set(part, used);
    this.#gathered.used += part.length;
    return bytes.subarray(part.length);
  }

  #addGathered(): void {
    const { bytes, used } = this.#gathered;
    this.#gathered.used = 0;
    if (used > 0 && this.#failure === null) this.#add(bytes.subarray(0, used));
  }

  /** The bytes are encoded within this call. */
  #add(bytes: Uint8Array): void {
    const block = { offset: this.#offset, bytes: bytes.length, chunk: encodeBase64(bytes) };
    this.#offset += bytes.length;
    this.#blocks.set(block.offset, block);
    if (this.#lost === null) void this.#send(block);
  }

  /** Never rejects. */
  async #send({ offset, bytes, chunk }: Block): Promise<void> {
    this.#inFlight++;
    try {
      const params = { handleId: this.#handleId ?? '', offset, chunk };
      await this.#handles.session.call('fs/writeBlock', params, { signal: this.#options.signal, base64Member: 'chunk' });
      this.#blocks.delete(offset);
      this.#reopenings = 0;
      this.#options.onWritten?.((this.#written += bytes));
    } catch (error) {
      if (isHandleLost(error)) this.#lost ??= error;
      else this.#failure ??= error;
    }
    this.#inFlight--;
    // Only the last answer tells whether the handle was lost with the line or closed because another block failed.
    if (this.#inFlight === 0 && this.#lost !== null && this.#failure === null) await this.#goOn(this.#lost);
    if (this.#blocks.size === 0) this.#addGathered();
    this.#notify();
  }

  async #goOn(lost: unknown): Promise<void> {
    const { session } = this.#handles;
    if (!session.supports('fsOpenUpdate') || session.state === 'closed' || ++this.#reopenings > mostReopenings) {
      this.#failure = new OutcomeUnknownError('fs/writeBlock', { cause: lost });
      return;
    }
    try {
      const handleId = await this.#handles.open(this.#path, { mode: 'update', signal: this.#options.signal });
      if (this.#failure !== null) void this.#handles.close(handleId).catch(() => undefined); // given up meanwhile
      else this.#handleId = handleId;
    } catch (error) {
      this.#failure ??= error;
    }
    this.#lost = null;
    if (this.#failure === null) for (const block of this.#blocks.values()) void this.#send(block);
  }

  async #closeHandle(): Promise<void> {
    const handleId = this.#handleId;
    this.#handleId = null;
    if (handleId !== null) await this.#handles.close(handleId);
  }

  #change(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }

  #notify(): void {
    this.#wake?.();
    this.#wake = null;
  }

  #throwIfFailed(): void {
    if (this.#failure !== null) throw this.#failure;
  }
}
