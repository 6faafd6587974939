import { encodeBase64, limits } from '@exec-server/protocol';
import { OutcomeUnknownError } from '../errors.js';
import { type FileHandles, isHandleLost } from './file-handles.js';

export interface BlockWriterOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told how many bytes the server has taken so far. */
  readonly onWritten?: ((bytes: number) => void) | undefined;
}

/**
 * Writes a file from its beginning to its end, in blocks of which `fileBlocksInFlight` are under way at most; what comes
 * in small pieces while others are under way is gathered. A handle ends with the connection, and opening the file again
 * would empty it: when the line breaks the writing fails with `OutcomeUnknownError`. The caller closes it, or aborts.
 */
export class BlockWriter {
  readonly #handles: FileHandles;
  readonly #path: string;
  readonly #options: BlockWriterOptions;
  #handleId: string | null = null;
  readonly #gathered: { bytes: Uint8Array; used: number } = { bytes: new Uint8Array(0), used: 0 };
  #offset = 0;
  #inFlight = 0;
  #written = 0;
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
      if (this.#gathered.used === 0 && (rest.length >= limits.fileBlockBytes || this.#inFlight === 0)) {
        this.#send(rest.subarray(0, limits.fileBlockBytes));
        rest = rest.subarray(limits.fileBlockBytes);
      } else {
        rest = this.#gather(rest);
        if (this.#gathered.used === limits.fileBlockBytes) this.#sendGathered();
      }
    }
  }

  /** Resolves when the server has everything. */
  async close(): Promise<void> {
    this.#sendGathered();
    while (this.#inFlight > 0) await this.#change();
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
    while (this.#inFlight >= limits.fileBlocksInFlight) {
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

  #sendGathered(): void {
    const { bytes, used } = this.#gathered;
    this.#gathered.used = 0;
    if (used > 0 && this.#failure === null) this.#send(bytes.subarray(0, used));
  }

  /** The bytes are encoded within this call. */
  #send(bytes: Uint8Array): void {
    const params = { handleId: this.#handleId ?? '', offset: this.#offset, chunk: encodeBase64(bytes) };
    this.#offset += bytes.length;
    this.#inFlight++;
    this.#handles.session
      .call('fs/writeBlock', params, { signal: this.#options.signal })
      .then(
        () => this.#options.onWritten?.((this.#written += bytes.length)),
        (error: unknown) => (this.#failure ??= isHandleLost(error) ? new OutcomeUnknownError('fs/writeBlock', { cause: error }) : error),
      )
      .finally(() => {
        this.#inFlight--;
        if (this.#inFlight === 0) this.#sendGathered();
        this.#wake?.();
        this.#wake = null;
      })
      .catch(() => undefined); // of a listener that throws
  }

  async #closeHandle(): Promise<void> {
    const handleId = this.#handleId;
    this.#handleId = null;
    if (handleId !== null) await this.#handles.close(handleId);
  }

  #change(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }

  #throwIfFailed(): void {
    if (this.#failure !== null) throw this.#failure;
  }
}
