import type { Requests } from '@exec-server/protocol';
import type { SessionClient } from '../session/session-client.js';
import { type FsAction, FsError, toFsError } from './fs-error.js';
import type { FsCallOptions, RemoteName } from './fs-options.js';
import { type FsPath, nameOf, toPath, toUri } from './remote-path.js';

/** A path with what is needed to ask for it and to complain about it. */
export interface Place {
  /** File URI. */
  readonly uri: string;
  readonly action: FsAction;
}

/** Requests that change no file: they are made again when the answer was lost. A watch was lost with its connection. */
const repeatable: readonly (keyof Requests)[] = [
  'fs/readFile',
  'fs/getMetadata',
  'fs/canonicalize',
  'fs/readDirectory',
  'fs/walk',
  'fs/watch',
];

/** Paths into the wire's form and failures out of it, for the requests of one session. */
export class FileRequests {
  readonly session: SessionClient;

  constructor(session: SessionClient) {
    this.session = session;
  }

  /** @throws InvalidPathError; FsError `ENOENT` for the empty path, as systems have it */
  place(syscall: string, path: FsPath, dest?: FsPath): Place {
    const { environment } = this.session;
    const name = nameOf(path, environment);
    const action = { syscall, path: name, dest: dest === undefined ? undefined : nameOf(dest, environment) };
    if (path === '') throw new FsError('ENOENT', 'No such file or directory', action);
    return { uri: toUri(path, environment), action };
  }

  /** @throws FsError and whatever else a call throws */
  call<Name extends keyof Requests>(
    method: Name,
    params: Requests[Name]['params'],
    place: Place,
    { signal }: FsCallOptions = {},
  ): Promise<Requests[Name]['result']> {
    return this.guard(place, () => this.session.call(method, params, { signal, isRepeatable: repeatable.includes(method) }));
  }

  /** @throws FsError in place of the server's refusal */
  async guard<Result>(place: Place, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      throw this.toError(error, place);
    }
  }

  toError(error: unknown, place: Place): unknown {
    return toFsError(error, place.action, this.session.environment?.platformOs);
  }

  nameOf(uri: string): RemoteName {
    return { path: toPath(uri, this.session.environment) ?? uri, uri };
  }
}
