import type { FileTree, Found } from './file-tree.js';

/** A source as it was named. */
export interface Source<Ref> {
  readonly ref: Ref;
  /** Its path ends in `.` or `..`: what is meant is the content of the directory. */
  readonly isContent: boolean;
}

export interface Destination<Ref> {
  readonly ref: Ref;
  /** Its path ends in a slash: it has to be a directory. */
  readonly isDirectory: boolean;
}

/** A source with the path it gets. */
export interface Root<From, To> {
  readonly from: Found<From>;
  readonly to: To;
}

export interface PlanRequest<From, To> {
  readonly from: FileTree<From>;
  readonly to: FileTree<To>;
  readonly sources: readonly Source<From>[];
  readonly destination: Destination<To>;
  readonly isRecursive: boolean;
  /** Told of a source that cannot be copied; the others are. */
  readonly report: (label: string, error: unknown) => void;
  /** Whether there is no sense in going on after this error. */
  readonly isFatal: (error: unknown) => boolean;
}

/** The destination does not fit the sources. */
export class DestinationError extends Error {
  override readonly name = 'DestinationError';
}

/**
 * Gives every source its path, as cp does: into the destination when that is a directory, otherwise the destination itself.
 * @throws DestinationError
 */
export async function planCopy<From, To>(request: PlanRequest<From, To>): Promise<readonly Root<From, To>[]> {
  const { from, to, sources, destination, report } = request;
  const label = to.label(destination.ref);
  const there = await to.find(destination.ref);
  const isInto = there?.kind === 'directory';
  if (!isInto && sources.length > 1) throw new DestinationError(`several sources need a directory, which ${label} is not`);
  const roots: Root<From, To>[] = [];
  const taken = new Set<string>();
  for (const source of sources) {
    try {
      const found = await findSource(request, source);
      const name = source.isContent ? null : from.nameOf(source.ref);
      if (!isInto && found.kind !== 'directory' && destination.isDirectory) throw new DestinationError(`not a directory: ${label}`);
      if (there && !isInto && found.kind === 'directory')
        throw new Error(`cannot replace ${label}, which is no directory, with a directory`);
      const isTaken = isInto && name !== null && taken.has(name.toString('latin1'));
      if (isTaken) throw new Error(`another source of that name is being copied to ${label}`);
      if (name !== null) taken.add(name.toString('latin1'));
      roots.push({ from: found, to: isInto && name !== null ? to.child(destination.ref, name) : destination.ref });
    } catch (error) {
      if (error instanceof DestinationError || request.isFatal(error)) throw error;
      report(from.label(source.ref), error);
    }
  }
  return roots;
}

async function findSource<From, To>({ from, isRecursive }: PlanRequest<From, To>, { ref }: Source<From>): Promise<Found<From>> {
  const found = await from.find(ref);
  if (!found) throw new Error('No such file or directory');
  if (found.kind === 'directory' && !isRecursive) throw new Error('is a directory: -r copies directories');
  return found;
}
