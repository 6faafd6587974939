import { OutputGapError } from '../errors.js';
import type { EventFeed } from './event-feed.js';
import type { ProcessEvent } from './process-event.js';

/** What was dropped, from its first event to its last, is one gap; a gap among it is a part of that. */
export function toGap(dropped: readonly ProcessEvent[]): ProcessEvent {
  const fromSeqs = dropped.map((event) => (event.type === 'gap' ? event.fromSeq : event.seq));
  const toSeqs = dropped.map((event) => (event.type === 'gap' ? event.toSeq : event.seq));
  return { type: 'gap', fromSeq: Math.min(...fromSeqs), toSeq: Math.max(...toSeqs) };
}

/** The output of a feed; a gap makes it fail, because bytes on both sides of a hole do not belong together. */
export function toReadable(feed: EventFeed<ProcessEvent>): ReadableStream<Uint8Array> {
  feed.claim();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const event = await feed.next();
        if (event === null) controller.close();
        else if (event.type === 'output') controller.enqueue(event.chunk);
        else if (event.type === 'gap') {
          feed.discard();
          controller.error(new OutputGapError(event.fromSeq, event.toSeq));
        }
      },
      cancel: () => feed.discard(),
    },
    { highWaterMark: 0 },
  );
}
