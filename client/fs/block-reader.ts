import { decodeBase64, type FsGetMetadataResult, type FsReadBlockResult, limits } from '@exec-server/protocol';
import { type FileHandles, isHandleLost, mostReopenings } from './file-handles.js';

export interface BlockReaderOptions {
  /** First byte to read; 0 by default. */
  readonly from?: number | undefined;
  /** Where to stop, this byte not included; the end of the file by default. */
  readonly to?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Makes the error for a file that is another one after the line was broken. */
  readonly onChanged: () => Error;
}

interface OpenFile {
  readonly handleId: string;
  readonly size: number;
}

/**
 * The bytes of a file in order, with blocks asked for ahead: nothing is asked before the first `next`, and no more than
 * `fileBlocksInFlight` blocks are under way or waiting. When the line breaks the file is opened again and read on from
 * where it was, if size and time of change are still the same. Whoever does not read to the end closes it.
 */
export class BlockReader {
  readonly #handles: FileHandles;
  readonly #path: string;
  readonly #options: BlockReaderOptions;
  readonly #to: number;
  #file: OpenFile | null = null;
  /** What the file was when it was opened first. */
  #original: Pick<FsGetMetadataResult, 'size' | 'modifiedAtMs'> | null = null;
  #ahead: { readonly offset: number; readonly answer: Promise<FsReadBlockResult> }[] = [];
  #asked: number;
  #position: number;
  #isOver = false;
  #reopenings = 0;

  constructor(handles: FileHandles, path: string, options: BlockReaderOptions) {
    this.#handles = handles;
    this.#path = path;
    this.#options = options;
    this.#position = this.#asked = options.from ?? 0;
    this.#to = options.to ?? Infinity;
    this.#isOver = this.#position >= this.#to;
  }

  /** Where the next byte comes from. */
  get position(): number {
    return this.#position;
  }

  /** The next bytes, 1 MiB at most; null after the last. One call at a time. */
  async next(): Promise<Uint8Array | null> {
    while (!this.#isOver) {
      this.#file ??= await this.#open();
      this.#askAhead(this.#file);
      let bytes: Uint8Array;
      try {
        bytes = await this.#take();
      } catch (error) {
        await this.#recover(error);
        continue;
      }
      this.#reopenings = 0;
      if (this.#isOver) void this.close().catch(() => undefined); // all is read, whatever becomes of the handle
      if (bytes.length > 0) return bytes;
    }
    return null;
  }

  /** Ends it before its time; the handle is closed. */
  async close(): Promise<void> {
    this.#isOver = true;
    const file = this.#file;
    this.#file = null;
    this.#ahead = [];
    if (file) await this.#handles.close(file.handleId);
  }

  /** Goes on after a broken line; anything else ends the reading. */
  async #recover(error: unknown): Promise<void> {
    const canGoOn = isHandleLost(error) && this.#handles.session.state !== 'closed' && ++this.#reopenings <= mostReopenings;
    if (!canGoOn) {
      await this.close();
      throw error;
    }
    this.#file = null;
    this.#ahead = [];
    this.#asked = this.#position;
  }

  async #open(): Promise<OpenFile> {
    const { session } = this.#handles;
    const { signal, onChanged } = this.#options;
    const [opened, described] = await Promise.allSettled([
      this.#handles.open(this.#path, { mode: 'read', signal }),
      session.call('fs/getMetadata', { path: this.#path }, { signal, isRepeatable: true }),
    ]);
    if (opened.status === 'fulfilled' && described.status === 'fulfilled') {
      const { size, modifiedAtMs } = described.value;
      this.#original ??= { size, modifiedAtMs };
      if (this.#original.size === size && this.#original.modifiedAtMs === modifiedAtMs) return { handleId: opened.value, size };
    }
    this.#isOver = true;
    if (opened.status === 'rejected') throw opened.reason;
    await this.#handles.close(opened.value);
    throw described.status === 'rejected' ? described.reason : onChanged();
  }

  /** Beyond the size there is no reading ahead, as most likely there is nothing; what the file has grown by is found in order. */
  #askAhead({ handleId, size }: OpenFile): void {
    while (this.#ahead.length < limits.fileBlocksInFlight && this.#asked < this.#to) {
      if (this.#asked > size && this.#ahead.length > 0) return;
      const offset = this.#asked;
      const len = Math.min(limits.fileBlockBytes, this.#to - offset);
      const answer = this.#handles.session.call('fs/readBlock', { handleId, offset, len }, { signal: this.#options.signal });
      answer.catch(() => undefined); // looked at in its turn, unless one before it fails
      this.#ahead.push({ offset, answer });
      this.#asked += len;
    }
  }

  async #take(): Promise<Uint8Array> {
    const next = this.#ahead.shift();
    if (!next) throw new Error('a reader with nothing to wait for');
    const { chunk, eof } = await next.answer;
    const bytes = decodeBase64(chunk);
    this.#position = next.offset + bytes.length;
    this.#isOver = eof || this.#position >= this.#to;
    return bytes;
  }
}
