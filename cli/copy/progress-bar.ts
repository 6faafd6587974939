import type { WriteStream } from 'node:tty';
import { limits } from '@exec-server/protocol';
import type { CopyProgress, ProgressView } from './copy-progress.js';

/** Below this there is no room for a bar beside the numbers. */
const leastBarColumns = 10;
const mostBarColumns = 40;

/** One line on a terminal that is drawn over and over until it is closed. Whoever writes there meanwhile uses `above`. */
export class ProgressBar implements Disposable {
  readonly #stream: WriteStream;
  readonly #progress: CopyProgress;
  readonly #timer: NodeJS.Timeout;

  constructor(stream: WriteStream, progress: CopyProgress) {
    this.#stream = stream;
    this.#progress = progress;
    this.#timer = setInterval(() => this.#draw(), limits.progressIntervalMs);
  }

  /** Writes a line above the bar. */
  above(line: string): void {
    this.#stream.write(`\r\x1b[K${line}\n`);
    this.#draw();
  }

  /** The last state stays. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#draw();
    this.#stream.write('\n');
  }

  #draw(): void {
    this.#stream.write(`\r${renderProgress(this.#progress.view(performance.now()), this.#stream.columns || 80)}\x1b[K`);
  }
}

/** The state as one line of fewer than so many columns. */
export function renderProgress(view: ProgressView, columns: number): string {
  const { doneBytes, totalBytes, bytesPerSecond, doneFiles, totalFiles } = view;
  const share = totalBytes === null ? null : totalBytes === 0 ? 1 : doneBytes / totalBytes;
  const restBytes = totalBytes === null || bytesPerSecond === 0 ? null : totalBytes - doneBytes;
  const parts = [
    ...(share === null ? [] : [`${Math.floor(share * 100)}%`.padStart(4)]),
    totalBytes === null ? describeBytes(doneBytes) : `${describeBytes(doneBytes)}/${describeBytes(totalBytes)}`,
    ...(totalFiles === 1 ? [] : [`${doneFiles}${totalFiles === null ? '' : `/${totalFiles}`} files`]),
    `${describeBytes(bytesPerSecond)}/s`,
    ...(restBytes === null ? [] : [describeSeconds(Math.ceil(restBytes / bytesPerSecond))]),
  ];
  const numbers = parts.join('  ');
  const room = columns - 1 - numbers.length - 2;
  const bar = share === null || room < leastBarColumns + 2 ? '' : drawBar(share, Math.min(Math.floor(room / 2), mostBarColumns));
  const nameRoom = room - (bar === '' ? 0 : bar.length + 2);
  return [bar, numbers, nameRoom > 4 ? shorten(view.name, nameRoom) : '']
    .filter((part) => part !== '')
    .join('  ')
    .slice(0, columns - 1);
}

function drawBar(share: number, columns: number): string {
  const inner = columns - 2;
  const done = Math.floor(Math.min(1, share) * inner);
  return `[${'='.repeat(done)}${done < inner ? '>' : ''}${' '.repeat(Math.max(0, inner - done - 1))}]`;
}

function shorten(name: string, columns: number): string {
  return name.length <= columns ? name : `…${name.slice(name.length - columns + 1)}`;
}

/** `512 B`, `1.5 MiB` */
export function describeBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)));
  return `${(bytes / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}

/** `0:07`, `2:05:00` */
function describeSeconds(seconds: number): string {
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor((seconds % 3_600) / 60);
  return hours > 0 ? `${hours}:${twoDigits(minutes)}:${twoDigits(seconds % 60)}` : `${minutes}:${twoDigits(seconds % 60)}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
