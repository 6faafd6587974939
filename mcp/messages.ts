import type { JSONRPCMessage } from '@modelcontextprotocol/client';
import { parseJSONRPCMessage } from './sdk.js';

/** The message in a line; null for a line that has none, such as a banner. */
export function readMessage(text: string): JSONRPCMessage | null {
  if (!text.startsWith('{')) return null;
  try {
    return parseJSONRPCMessage(JSON.parse(text));
  } catch {
    return null;
  }
}
