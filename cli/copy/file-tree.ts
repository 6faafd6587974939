/** Something on one side of a copy. Links are followed, as scp does. */
export interface Found<Ref> {
  readonly ref: Ref;
  readonly name: Buffer;
  readonly kind: 'file' | 'directory' | 'other';
  /** Bytes; 0 for what is no file. */
  readonly size: number;
  /** The name itself is a symbolic link. */
  readonly isLink: boolean;
}

/** An entry of a directory that cannot be looked at. */
export interface Unreadable<Ref> {
  readonly ref: Ref;
  readonly error: unknown;
}

/** The files of one side. */
export interface FileTree<Ref> {
  /** What it is called in messages. */
  label(ref: Ref): string;
  child(directory: Ref, name: Buffer): Ref;
  /** Its last name; null for a path that ends in `.`, `..` or nothing: what stands for a directory's content. */
  nameOf(ref: Ref): Buffer | null;
  /** Null when there is nothing. */
  find(ref: Ref): Promise<Found<Ref> | null>;
  list(directory: Ref): Promise<readonly (Found<Ref> | Unreadable<Ref>)[]>;
  /** The same for all ways to the same directory. @param parent identity of the directory it was found in; null for a root */
  identify(directory: Found<Ref>, parent: string | null): Promise<string>;
  /** Makes a directory; one that is there is fine. */
  makeDirectory(ref: Ref): Promise<void>;
}

/** `look` for many, some at a time, in their order; what fails becomes an entry of its own. */
export async function lookAtAll<Name, Ref>(
  names: readonly Name[],
  atOnce: number,
  toRef: (name: Name) => Ref,
  look: (name: Name, ref: Ref) => Promise<Found<Ref>>,
): Promise<(Found<Ref> | Unreadable<Ref>)[]> {
  const entries: (Found<Ref> | Unreadable<Ref>)[] = [];
  for (let at = 0; at < names.length; at += atOnce) {
    const part = names.slice(at, at + atOnce).map(async (name) => {
      const ref = toRef(name);
      return look(name, ref).catch((error: unknown) => ({ ref, error }));
    });
    entries.push(...(await Promise.all(part)));
  }
  return entries;
}
