import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';

/** The words of the C library where those of libuv differ by more than the first letter. */
const words: Readonly<Record<string, string>> = {
  EISDIR: 'Is a directory',
  ELOOP: 'Too many levels of symbolic links',
  ENOTEMPTY: 'Directory not empty',
  EEXIST: 'File exists',
  EIO: 'Input/output error',
  ENOSPC: 'No space left on device',
  EXDEV: 'Invalid cross-device link',
  EROFS: 'Read-only file system',
};

/** An error of the operating system, by its code such as `ENOENT`; null for any other error. */
export function readOsError(error: unknown): string | null {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return code !== undefined && code in constants.errno ? code : null;
}

/** `No such file or directory (os error 2)`: the form in which such errors travel on the wire. */
export function describeOsError(code: string): string {
  const number = constants.errno[code as keyof typeof constants.errno] ?? 0;
  return `${words[code] ?? wordsOfLibuv(number, code)} (os error ${number})`;
}

function wordsOfLibuv(number: number, code: string): string {
  const text = getSystemErrorMap().get(-number)?.[1] ?? code;
  return text.charAt(0).toUpperCase() + text.slice(1);
}
