import type { Process } from '../process/process.js';

/** Frames of one process's events. Output goes out as one buffer without passing through `JSON.stringify`: see docs/decisions. */
export class EventFrames {
  readonly #id: string;
  readonly #outputHead: string;
  readonly #isAscii: boolean;

  constructor(processId: string) {
    this.#id = JSON.stringify(processId);
    this.#outputHead = `{"method":"process/output","params":{"processId":${this.#id},"seq":`;
    this.#isAscii = /^[\0-\x7f]*$/.test(this.#id);
  }

  output(seq: number, stream: string, chunk: Buffer): Buffer {
    const head = `${this.#outputHead}${seq},"stream":"${stream}","chunk":"`;
    const headBytes = this.#isAscii ? head.length : Buffer.byteLength(head);
    const base64 = chunk.toString('base64');
    const frame = Buffer.allocUnsafe(headBytes + base64.length + 3);
    frame.write(head, 0, this.#isAscii ? 'latin1' : 'utf8');
    frame.write(base64, headBytes, 'latin1');
    frame.write('"}}', headBytes + base64.length, 'latin1');
    return frame;
  }

  exited(seq: number, { exitCode, endSignal, hasTimedOut }: Process): string {
    const detail = `${endSignal === null ? '' : `"signal":"${endSignal}",`}${hasTimedOut ? '"timedOut":true,' : ''}`;
    return `{"method":"process/exited","params":{"processId":${this.#id},"seq":${seq},"exitCode":${exitCode},${detail}"sandboxDenied":false}}`;
  }

  closed(seq: number): string {
    return `{"method":"process/closed","params":{"processId":${this.#id},"seq":${seq}}}`;
  }
}
