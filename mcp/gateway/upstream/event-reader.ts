import { createParser } from 'eventsource-parser';

export interface EventReaderOptions {
  /** Longest event, in characters. */
  readonly maxLength: number;
  /** Told the data of an event; true when nothing more is wanted, then the stream is cancelled. */
  readonly onData: (data: string) => boolean;
  /** Where the stream can be taken up again from now on; empty when the server has taken that back. */
  readonly onId: (id: string) => void;
  /** How long to wait before the stream is taken up again, in milliseconds. */
  readonly onRetry: (ms: number) => void;
}

/**
 * Reads an event stream to its end, or until enough was heard. Events without data and those of a kind other than
 * `message` are left out, but their ids count.
 * @throws RangeError for an event that is too long; what the body throws
 */
export async function readEvents(body: AsyncIterable<Uint8Array>, { maxLength, onData, onId, onRetry }: EventReaderOptions): Promise<void> {
  const decoder = new TextDecoder();
  const lines = new LineEnds();
  const ids = new EventIds(onId);
  const seen = { isTooLong: false, isEnough: false };
  const parser = createParser({
    maxBufferSize: maxLength,
    onRetry,
    onEvent: ({ event, data }) => {
      if (!seen.isEnough && data !== '' && (event === undefined || event === 'message')) seen.isEnough = onData(data);
    },
    onError: ({ type }) => {
      if (type === 'max-buffer-size-exceeded') seen.isTooLong = true;
    },
  });
  for await (const chunk of body) {
    const text = lines.toLineFeeds(decoder.decode(chunk, { stream: true }));
    ids.feed(text);
    parser.feed(text);
    if (seen.isEnough) return;
    if (seen.isTooLong) throw new RangeError(`an event is longer than ${maxLength} characters`);
  }
}

/** Line ends of any kind as line feeds, at once: the parser waits after a carriage return for what follows it. */
class LineEnds {
  #endedWithReturn = false;

  toLineFeeds(text: string): string {
    if (text === '') return text;
    const rest = this.#endedWithReturn && text.startsWith('\n') ? text.slice(1) : text;
    this.#endedWithReturn = text.endsWith('\r');
    return rest.includes('\r') ? rest.replace(/\r\n?/g, '\n') : rest;
  }
}

/** Longest beginning of a line that is looked at: longer ids cannot be sent back in a header. */
const maxIdLine = 8 * 1024;

/** Ids of all events (WHATWG HTML, 9.2.6): the parser keeps that of an event without data to itself. */
class EventIds {
  readonly #onId: (id: string) => void;
  /** Of the line that is not over yet. */
  #line = '';
  #isTooLong = false;
  #id: string | null = null;

  constructor(onId: (id: string) => void) {
    this.#onId = onId;
  }

  /** @param text with line feeds as the only line ends */
  feed(text: string): void {
    for (let at = 0; at < text.length;) {
      const end = text.indexOf('\n', at);
      this.#add(text.slice(at, end < 0 ? Math.min(text.length, at + maxIdLine + 1) : Math.min(end, at + maxIdLine + 1)));
      if (end < 0) return;
      this.#lineEnded();
      at = end + 1;
    }
  }

  #add(piece: string): void {
    this.#isTooLong ||= this.#line.length + piece.length > maxIdLine;
    if (!this.#isTooLong) this.#line += piece;
  }

  #lineEnded(): void {
    const [line, isTooLong] = [this.#line, this.#isTooLong];
    this.#line = '';
    this.#isTooLong = false;
    if (isTooLong) return;
    if (line === '') {
      if (this.#id !== null) this.#onId(this.#id);
      this.#id = null;
    } else if (line === 'id' || line.startsWith('id:')) {
      const value = line.slice(3).replace(/^ /, '');
      if (!value.includes('\0')) this.#id = value;
    }
  }
}
