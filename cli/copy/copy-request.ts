import { exitCodes, ExitError } from '../exit-codes.js';
import { readRemoteMark } from '../remote-place.js';

/** What is to be copied where; `-` is stdin or stdout. Remote paths stand without their mark. */
export interface CopyRequest {
  readonly direction: 'upload' | 'download';
  readonly sources: readonly string[];
  readonly destination: string;
}

/** Reads the paths of a command line: sources, and the destination last. @throws ExitError */
export function readCopyRequest(paths: readonly string[]): CopyRequest {
  const read = paths.map((path) => ({ path, remote: readRemoteMark(path) }));
  const destination = read.at(-1);
  const sources = read.slice(0, -1);
  if (!destination || sources.length === 0) throw new ExitError('a source and a destination are needed', exitCodes.usage);
  const isUpload = destination.remote !== null;
  const odd = sources.find(({ remote }) => (remote !== null) === isUpload);
  if (odd) {
    const both = isUpload
      ? 'both on the server: "exec -- cp" copies there'
      : 'both on this machine: a path on the server begins with "remote:"';
    throw new ExitError(`${odd.path} and ${destination.path} are ${both}`, exitCodes.usage);
  }
  const hasStream = [...sources, destination].some(({ path }) => path === '-');
  if (hasStream && sources.length > 1) throw new ExitError('"-" goes with one other path', exitCodes.usage);
  return {
    direction: isUpload ? 'upload' : 'download',
    sources: sources.map(({ path, remote }) => remote ?? path),
    destination: destination.remote ?? destination.path,
  };
}

/** The path ends in `.` or `..`: of a directory only the content is meant. */
export function isContent(path: string): boolean {
  return /(?:^|[/\\])\.{1,2}[/\\]*$/.test(path);
}
