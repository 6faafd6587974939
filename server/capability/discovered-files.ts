import { type Limits, RpcError } from '@exec-server/protocol';
import { kindOf, nameOf } from '../fs/directory-entries.js';
import { describeFault, hasCode } from '../fs/file-error.js';
import { type BytePath, join, toUri } from '../fs/file-path.js';
import { fill } from '../fs/open-file.js';
import { Pace } from '../fs/pace.js';
import { openToRead } from '../fs/regular-file.js';
import { sortEntries } from '../fs/sorted-entries.js';
import { isUtf8 } from 'node:buffer';

/** A file and what it says. */
export interface FoundFile {
  /** As URI. */
  readonly path: string;
  readonly contents: string;
}

/** Files a search has found, as their paths and in order, with the directory each is in. */
export interface Finding {
  readonly directory: BytePath;
  readonly name: BytePath;
}

/** Reads small text files and remembers why some were left out. One serves one root. */
export class DiscoveredFiles {
  readonly warnings: string[] = [];
  readonly #limits: Limits;
  readonly #budget: { bytes: number };

  /** @param budget bytes that all roots of a request may still have */
  constructor(limits: Limits, budget: { bytes: number }) {
    this.#limits = limits;
    this.#budget = budget;
  }

  /** Null, with a warning, for a file that is too large or no text; null for one that is not there. */
  async read(path: BytePath): Promise<FoundFile | null> {
    const uri = toUri(path);
    try {
      const bytes = await this.#readBytes(path);
      if (isUtf8(bytes)) return { path: uri, contents: bytes.toString('utf8') };
      this.warnings.push(`capability file ${uri} is not UTF-8`);
    } catch (error) {
      if (hasCode(error, 'ENOENT', 'ENOTDIR')) return null;
      this.warnings.push(error instanceof RpcError ? error.message : `failed to read capability file ${uri}: ${describeFault(error)}`);
    }
    return null;
  }

  async #readBytes(path: BytePath): Promise<Buffer> {
    const most = this.#limits.capabilityFileBytes;
    const { handle, stats } = await openToRead(path);
    try {
      if (stats.size > most) throw new RpcError('fileTooLarge', `capability file ${toUri(path)} exceeds the ${most}-byte limit`);
      const buffer = Buffer.allocUnsafe(stats.size + 1);
      const length = await fill(handle, buffer, 0);
      this.#budget.bytes -= length;
      if (this.#budget.bytes < 0) throw new RpcError('fileTooLarge', `capability file ${toUri(path)} was left out: there are too many`);
      return buffer.subarray(0, length);
    } finally {
      await handle.close();
    }
  }
}

/** Every file below a directory with one of these names, sorted by path. Links to directories are followed, each directory once. */
export async function findFiles(root: BytePath, names: ReadonlySet<BytePath>, limits: Limits, signal: AbortSignal): Promise<Finding[]> {
  const pace = new Pace();
  const found: Finding[] = [];
  const entered = new Set<string>();
  const queue = [{ path: root, depth: 0 }];
  for (let here = queue.shift(); here && entered.size < limits.capabilityDirectories; here = queue.shift()) {
    signal.throwIfAborted();
    const { identity, entries } = await sortEntries(here.path, true, pace);
    if (identity === null || entered.has(identity)) continue;
    entered.add(identity);
    for (const entry of entries) {
      const name = nameOf(entry);
      if (kindOf(entry) === 'file' && names.has(name)) found.push({ directory: here.path, name });
      else if (kindOf(entry) === 'directory' && here.depth < limits.capabilityDepth)
        queue.push({ path: join(here.path, name), depth: here.depth + 1 });
    }
  }
  return found.toSorted((a, b) => (join(a.directory, a.name) < join(b.directory, b.name) ? -1 : 1));
}
