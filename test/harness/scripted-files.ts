import { type Requests, RpcError } from '@exec-server/protocol';
import type { ScriptedChannel } from './scripted-channel.js';
import { lineBreak, type Script, type ScriptedRequest } from './scripted-server.js';

interface ScriptedFile {
  content: Buffer;
  modifiedAtMs: number;
}

/** Regular files in memory, served as the base protocol has it: a handle belongs to its connection. */
export class ScriptedFiles {
  readonly files = new Map<string, ScriptedFile>();
  /** Handles by connection and id, with the URI of their file. */
  readonly handles = new Map<string, string>();
  /** Most blocks that were waiting for an answer at a time. */
  mostInFlight = 0;
  /** Breaks the line instead of answering the request for a block with this number, counted from 1 over all of them. */
  breakAt: number | null = null;
  /** Answers to block requests wait for it. */
  gate: Promise<void> = Promise.resolve();
  #blocks = 0;
  #inFlight = 0;

  add(uri: string, content: Uint8Array | string): void {
    this.files.set(uri, { content: Buffer.from(content as string), modifiedAtMs: 1_000 });
  }

  content(uri: string): Buffer {
    return this.#file(uri).content;
  }

  get script(): Script {
    return {
      'fs/getMetadata': ({ path }) => {
        const { content, modifiedAtMs } = this.#file(path);
        return { isDirectory: false, isFile: true, isSymlink: false, size: content.length, createdAtMs: 0, modifiedAtMs };
      },
      'fs/readFile': ({ path }) => ({ dataBase64: this.content(path).toString('base64') }),
      'fs/writeFile': ({ path, dataBase64 }) => {
        this.add(path, Buffer.from(dataBase64, 'base64'));
        return {};
      },
      'fs/open': ({ handleId, path, mode }, { connection }) => {
        if (mode === 'replace') this.add(path, '');
        this.#file(path);
        this.handles.set(`${connection} ${handleId}`, path);
        return { handleId };
      },
      'fs/close': ({ handleId }, { connection }) => {
        this.handles.delete(`${connection} ${handleId}`);
        return {};
      },
      'fs/readBlock': (params, request, channel) => this.#block(request, channel, () => this.#read(params, request)),
      'fs/writeBlock': (params, request, channel) => this.#block(request, channel, () => this.#write(params, request)),
    };
  }

  async #block<Result>(
    { connection }: ScriptedRequest,
    channel: ScriptedChannel,
    answer: () => Result,
  ): Promise<Result | typeof lineBreak> {
    this.mostInFlight = Math.max(this.mostInFlight, ++this.#inFlight);
    const number = ++this.#blocks;
    await this.gate;
    this.#inFlight--;
    if (channel.isClosed || number !== this.breakAt) return answer();
    for (const key of this.handles.keys()) if (key.startsWith(`${connection} `)) this.handles.delete(key);
    return lineBreak;
  }

  #read({ handleId, offset, len }: Requests['fs/readBlock']['params'], request: ScriptedRequest): Requests['fs/readBlock']['result'] {
    const block = this.#open(handleId, request).content.subarray(offset, offset + len);
    return { chunk: block.toString('base64'), eof: block.length < len };
  }

  #write({ handleId, offset, chunk }: Requests['fs/writeBlock']['params'], request: ScriptedRequest): Record<string, never> {
    const file = this.#open(handleId, request);
    const bytes = Buffer.from(chunk, 'base64');
    const end = Math.max(file.content.length, offset + bytes.length);
    file.content = Buffer.concat([file.content, Buffer.alloc(end - file.content.length)]);
    bytes.copy(file.content, offset);
    return {};
  }

  #open(handleId: string, { connection }: ScriptedRequest): ScriptedFile {
    const uri = this.handles.get(`${connection} ${handleId}`);
    if (uri === undefined) throw new RpcError({ code: -32004, message: `unknown file handle \`${handleId}\`` });
    return this.#file(uri);
  }

  #file(uri: string): ScriptedFile {
    const file = this.files.get(uri);
    if (!file) throw new RpcError({ code: -32004, message: 'No such file or directory (os error 2)' });
    return file;
  }
}
