/** One header. */
export interface Header {
  readonly name: string;
  readonly value: string;
  /** It has the value of a variable of the server, so that it goes to nobody else than it was meant for. */
  readonly isFromVariable?: boolean;
}

/**
 * Headers in the order the base keeps: repeated ones stand together, at the place of the first.
 * @param headers names in lower case
 */
export function groupHeaders(headers: readonly Header[]): readonly Header[] {
  const groups = new Map<string, Header[]>();
  for (const header of headers) {
    const group = groups.get(header.name);
    if (group) group.push(header);
    else groups.set(header.name, [header]);
  }
  return groups.size === headers.length ? headers : [...groups.values()].flat();
}

/** The headers of a response from its bytes, names and values in turn. Values that are not visible ASCII are left out (base). */
export function readHeaders(raw: readonly Uint8Array[]): readonly Header[] {
  const headers: Header[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const value = toText(raw[at + 1]).trimEnd();
    if (/^[\t\x20-\x7e]*$/.test(value)) headers.push({ name: toText(raw[at]).toLowerCase(), value });
  }
  return groupHeaders(headers);
}

/** Value of the first header of this name. */
export function findHeader(headers: readonly Header[], name: string): string | undefined {
  return headers.find((header) => header.name === name)?.value;
}

function toText(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? '' : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
