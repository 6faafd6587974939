import { lstatSync, mkdirSync, readdirSync, readlinkSync } from 'node:fs';
import { type Limits, type Requests } from '@exec-server/protocol';
import { createExecServer, type ExecServer } from '@exec-server/server';
import { MemoryClient } from './memory-client.js';
import { Scratch } from './scratch.js';

/** A directory of its own, a server, and a client that asks about files in it. */
export class FilesOnServer implements AsyncDisposable {
  readonly scratch = new Scratch();

  private constructor(
    readonly server: ExecServer,
    readonly client: MemoryClient,
  ) {}

  static async open(limits: Partial<Limits> = {}): Promise<FilesOnServer> {
    const server = createExecServer({ limits });
    return new FilesOnServer(server, await MemoryClient.open(server));
  }

  get path(): string {
    return this.scratch.path;
  }

  /** @param name percent-escaped where need be */
  uri(name = ''): string {
    return `file://${this.path}${name === '' ? '' : `/${name}`}`;
  }

  result<Name extends keyof Requests>(method: Name, params: unknown): Promise<Requests[Name]['result']> {
    return this.client.result(method, params);
  }

  /** `-32004 No such file or directory (os error 2)`: what a request is refused with; `ok` when it is not. */
  async outcome(method: keyof Requests, params: unknown): Promise<string> {
    const { error } = await this.client.request(method, params);
    return error ? `${error.code} ${error.message}` : 'ok';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
    await this.server.close();
    this.scratch[Symbol.dispose]();
  }
}

/** What is below a directory, one line each: path with a character for each byte, kind, mode of what has one, target of links. */
export function describeTree(root: string, below = ''): string[] {
  return readdirSync(bytes(`${root}/${below}`), { encoding: 'latin1' })
    .toSorted()
    .flatMap((entry) => {
      const name = below === '' ? entry : `${below}/${entry}`;
      const place = bytes(`${root}/${name}`);
      const stats = lstatSync(place);
      if (stats.isSymbolicLink()) return [`${name} -> ${readlinkSync(place, { encoding: 'latin1' })}`];
      const kind = stats.isDirectory() ? '/' : stats.isFile() ? '' : ' special';
      return [`${name}${kind} ${(stats.mode & 0o7777).toString(8)}`, ...(stats.isDirectory() ? describeTree(root, name) : [])];
    });
}

function bytes(path: string): Buffer {
  return Buffer.from(path, 'latin1');
}

/** A path whose name is no UTF-8. */
export function oddDirectory(directory: string): Buffer {
  const path = Buffer.concat([Buffer.from(`${directory}/`), Buffer.from([0x41, 0xff, 0xfe])]);
  mkdirSync(path);
  return path;
}

/** Base64 of text. */
export function base64(text: string | Uint8Array): string {
  return Buffer.from(text as string).toString('base64');
}
