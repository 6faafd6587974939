import { decodeBase64Ascii, findByte, readAscii } from './bytes.js';
import { base64Names, longTextChars } from './json-scan.js';

/** What stands before the content is looked for among so many bytes. */
const headBytes = 4_096;
const quote = 34;

/** A message without its content. */
export interface LiftedMessage {
  /** As it was, but for a string that is empty now. */
  readonly text: string;
  /** Offset of what would be the first character of that string. */
  readonly hole: number;
  /** What the string was base64 of. */
  readonly content: Uint8Array;
}

/**
 * Takes a long content out of a message before anything is made a string of: of a large write that is nearly all. Whether it
 * stood where a content may stand is for the reader of the rest to find out. Null when there is none, or it is not as it should be.
 * @param message ASCII
 */
export function liftContent(message: Uint8Array): LiftedMessage | null {
  const head = readAscii(message, 0, Math.min(message.length, headBytes));
  for (const name of base64Names) {
    const key = `"${name}":"`;
    const at = head.indexOf(key);
    if (at < 0) continue;
    const start = at + key.length;
    const end = findByte(message, quote, start);
    if (end - start < longTextChars) continue;
    const content = decodeBase64Ascii(message, start, end);
    if (content) return { text: readAscii(message, 0, start) + readAscii(message, end), hole: start, content };
  }
  return null;
}
