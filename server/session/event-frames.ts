import type { ContentFrame, ContentFrames } from '../content-frames.js';
import type { Process } from '../process/process.js';

/** Frames of one process's events. */
export class EventFrames {
  readonly #id: string;
  readonly #outputHead: string;
  readonly #isAscii: boolean;
  readonly #content: ContentFrames;

  constructor(processId: string, content: ContentFrames) {
    this.#id = JSON.stringify(processId);
    this.#outputHead = `{"method":"process/output","params":{"processId":${this.#id},"seq":`;
    this.#isAscii = /^[\0-\x7f]*$/.test(this.#id);
    this.#content = content;
  }

  output(seq: number, stream: string, chunk: Buffer): ContentFrame {
    return this.#content.write(`${this.#outputHead}${seq},"stream":"${stream}","chunk":"`, this.#isAscii, chunk, '"}}');
  }

  exited(seq: number, { exitCode, endSignal, hasTimedOut }: Process): string {
    const detail = `${endSignal === null ? '' : `"signal":"${endSignal}",`}${hasTimedOut ? '"timedOut":true,' : ''}`;
    return `{"method":"process/exited","params":{"processId":${this.#id},"seq":${seq},"exitCode":${exitCode},${detail}"sandboxDenied":false}}`;
  }

  closed(seq: number): string {
    return `{"method":"process/closed","params":{"processId":${this.#id},"seq":${seq}}}`;
  }
}
