export interface FsCallOptions {
  /** Stops waiting for the answer; what was asked for may happen all the same. */
  readonly signal?: AbortSignal | undefined;
}

export interface ReadFileOptions extends FsCallOptions {
  /** Text instead of bytes; what is no UTF-8 becomes U+FFFD. */
  readonly encoding?: 'utf8' | undefined;
}

/** What can be written: text as UTF-8, bytes, or bytes piece by piece, such as a web stream. */
export type FileContent = string | Uint8Array | AsyncIterable<Uint8Array>;

export interface MkdirOptions extends FsCallOptions {
  /** Also makes what is missing above it, and takes it as done when it is there; false by default. */
  readonly recursive?: boolean | undefined;
}

export interface ReaddirOptions extends FsCallOptions {
  /** Entries instead of names; false by default. */
  readonly withFileTypes?: boolean | undefined;
}

export interface RmOptions extends FsCallOptions {
  /** Whether a directory goes with all it contains; false by default, and then a directory is refused. */
  readonly recursive?: boolean | undefined;
  /** Whether it is fine when there is nothing; false by default. */
  readonly force?: boolean | undefined;
}

export interface CpOptions extends FsCallOptions {
  /** Has to be true for a directory; false by default. */
  readonly recursive?: boolean | undefined;
}

export interface RenameOptions extends FsCallOptions {
  /** False refuses when there is something at the new path; true by default. */
  readonly overwrite?: boolean | undefined;
}

export interface RealpathOptions extends FsCallOptions {
  /** A file URI, which can name what is no UTF-8; false by default. */
  readonly asUrl?: boolean | undefined;
}

export interface WatchOptions extends FsCallOptions {
  /** Whether what lies below directories is watched as well; false by default. */
  readonly recursive?: boolean | undefined;
}

export interface ReadStreamOptions extends FsCallOptions {
  /** First byte; 0 by default. */
  readonly start?: number | undefined;
  /** Last byte, included as in Node; the end of the file by default. */
  readonly end?: number | undefined;
}

/** A path the server told: as text where its bytes are UTF-8, otherwise as its URI; and as URI in any case, for `new URL`. */
export interface RemoteName {
  readonly path: string;
  readonly uri: string;
}

/** Found by a walk, or not readable. */
export type WalkEntry = RemoteName & ({ readonly kind: 'file' | 'directory' } | { readonly kind: 'error'; readonly message: string });

/** Changes that came together. */
export interface FsChange {
  /** What was made, changed or removed, each once. */
  readonly changed: readonly RemoteName[];
  /** More has changed than is listed, or may have: look at everything again. */
  readonly resync: boolean;
  /** The watch is over, because what it watched is gone, was moved, or has more directories than may be watched. Nothing follows. */
  readonly ended: boolean;
}
