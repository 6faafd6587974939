import { createParser } from 'eventsource-parser';

export interface StreamEvent {
  /** Absent when the event has none. */
  readonly id: string | undefined;
  readonly data: string;
}

export interface EventReaderOptions {
  /** Longest event, in characters. */
  readonly maxLength: number;
  /** True when nothing more is wanted; then the stream is cancelled. */
  readonly onEvent: (event: StreamEvent) => boolean;
  /** How long to wait before the stream is taken up again, in milliseconds. */
  readonly onRetry: (ms: number) => void;
}

/**
 * Reads an event stream to its end, or until enough was heard. Events of a kind other than `message` are left out; one without data is told for its id.
 * @throws RangeError for an event that is too long; what the body throws
 */
export async function readEvents(body: AsyncIterable<Uint8Array>, { maxLength, onEvent, onRetry }: EventReaderOptions): Promise<void> {
  const decoder = new TextDecoder();
  const seen = { isTooLong: false, isEnough: false };
  const parser = createParser({
    maxBufferSize: maxLength,
    onRetry,
    onEvent: ({ id, event, data }) => {
      if (!seen.isEnough && (event === undefined || event === 'message')) seen.isEnough = onEvent({ id, data });
    },
    onError: ({ type }) => {
      if (type === 'max-buffer-size-exceeded') seen.isTooLong = true;
    },
  });
  for await (const chunk of body) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    if (seen.isEnough) return;
    if (seen.isTooLong) throw new RangeError(`an event is longer than ${maxLength} characters`);
  }
}
