import { createParser } from 'eventsource-parser';

export interface StreamEvent {
  /** Absent when the event has none. */
  readonly id: string | undefined;
  readonly data: string;
}

export interface EventReaderOptions {
  /** Longest event, in characters. */
  readonly maxLength: number;
  readonly onEvent: (event: StreamEvent) => void;
  /** How long to wait before the stream is taken up again, in milliseconds. */
  readonly onRetry: (ms: number) => void;
}

/**
 * Reads an event stream to its end. Events of a kind other than `message` are left out; one without data is told for its id.
 * @throws RangeError for an event that is too long; what the body throws
 */
export async function readEvents(body: AsyncIterable<Uint8Array>, { maxLength, onEvent, onRetry }: EventReaderOptions): Promise<void> {
  const decoder = new TextDecoder();
  let isTooLong = false;
  const parser = createParser({
    maxBufferSize: maxLength,
    onRetry,
    onEvent: ({ id, event, data }) => {
      if (event === undefined || event === 'message') onEvent({ id, data });
    },
    onError: ({ type }) => (isTooLong ||= type === 'max-buffer-size-exceeded'),
  });
  for await (const chunk of body) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    if (isTooLong) throw new RangeError(`an event is longer than ${maxLength} characters`);
  }
}
