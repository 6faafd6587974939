import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';

/**
 * The words of the C library where those of libuv differ by more than the first letter. For `EBUSY`, `ELOOP`, `ENAMETOOLONG` and
 * `EXDEV` they are those of the library the base is built with, which says it in another way.
 */
const words: Readonly<Record<string, string>> = {
  EADDRNOTAVAIL: 'Cannot assign requested address',
  EAFNOSUPPORT: 'Address family not supported by protocol',
  EALREADY: 'Operation already in progress',
  EBUSY: 'Resource busy',
  ECHILD: 'No child processes',
  EDEADLK: 'Resource deadlock avoided',
  EDQUOT: 'Disk quota exceeded',
  EEXIST: 'File exists',
  EFAULT: 'Bad address',
  EHOSTUNREACH: 'No route to host',
  EILSEQ: 'Invalid or incomplete multibyte or wide character',
  EINPROGRESS: 'Operation now in progress',
  EIO: 'Input/output error',
  EISCONN: 'Transport endpoint is already connected',
  EISDIR: 'Is a directory',
  ELOOP: 'Symbolic link loop',
  ENAMETOOLONG: 'Filename too long',
  ENFILE: 'Too many open files in system',
  ENOEXEC: 'Exec format error',
  ENOLCK: 'No locks available',
  ENOMEM: 'Cannot allocate memory',
  ENOTCONN: 'Transport endpoint is not connected',
  ENOTSUP: 'Operation not supported',
  EOPNOTSUPP: 'Operation not supported',
  ERANGE: 'Numerical result out of range',
  ESPIPE: 'Illegal seek',
  ESTALE: 'Stale file handle',
  ETXTBSY: 'Text file busy',
  EXDEV: 'Cross-device link',
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
