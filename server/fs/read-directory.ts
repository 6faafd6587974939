import { stat } from 'node:fs/promises';
import { type Limits, RpcError } from '@exec-server/protocol';
import type { Json } from '../handler.js';
import { JsonPieces } from '../json-pieces.js';
import type { RoomShare } from './answer-room.js';
import { type EntryKind, kindOf, nameOf, type PackedEntry, readEntries } from './directory-entries.js';
import { hasCode } from './file-error.js';
import { type BytePath, join, toSystem, toText } from './file-path.js';
import { Pace } from './pace.js';

/** Links looked at together. */
const linksAtOnce = 16;

/**
 * What is in a directory, as JSON. Links count as what they lead to; those that lead nowhere are left out.
 * @param share room the answer takes
 * @throws RpcError `resultTooLarge`; the system's error
 */
export async function readDirectory(path: BytePath, share: RoomShare, { maxMessageBytes }: Limits): Promise<Json> {
  const pace = new Pace();
  const json = new JsonPieces();
  let separator = '{"entries":[';
  for await (const batch of readEntries(path)) {
    const links = await resolveLinks(path, batch);
    for (const entry of batch) {
      const kind = kindOf(entry) === 'link' ? links.get(entry) : kindOf(entry);
      if (kind === undefined) continue;
      const fileName = JSON.stringify(toText(nameOf(entry)));
      json.push(`${separator}{"fileName":${fileName},"isDirectory":${kind === 'directory'},"isFile":${kind === 'file'}}`);
      separator = ',';
      if (pace.isDue) await pace.rest();
    }
    share.overdraw(json.length);
    if (json.length > maxMessageBytes)
      throw new RpcError('resultTooLarge', `the directory has too many entries for one message of ${maxMessageBytes} bytes`);
  }
  json.push(separator === ',' ? ']}' : `${separator}]}`);
  return json.end();
}

async function resolveLinks(directory: BytePath, batch: readonly PackedEntry[]): Promise<ReadonlyMap<PackedEntry, EntryKind>> {
  const kinds = new Map<PackedEntry, EntryKind>();
  const links = batch.filter((entry) => kindOf(entry) === 'link');
  for (let from = 0; from < links.length; from += linksAtOnce) {
    await Promise.all(
      links.slice(from, from + linksAtOnce).map(async (link) => {
        const kind = await resolveLink(join(directory, nameOf(link)));
        if (kind) kinds.set(link, kind);
      }),
    );
  }
  return kinds;
}

/** Null for a link that leads nowhere, or where the server may not look. */
async function resolveLink(path: BytePath): Promise<EntryKind | null> {
  try {
    const stats = await stat(toSystem(path));
    if (stats.isFile()) return 'file';
    return stats.isDirectory() ? 'directory' : 'other';
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ELOOP', 'ENOTDIR', 'EACCES')) return null;
    throw error;
  }
}
