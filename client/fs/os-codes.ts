import type { RpcError } from '@exec-server/protocol';

/** Numbers of the errors that file requests end with, by system: only the message of a base server tells them. */
const linux: Readonly<Record<number, string>> = {
  1: 'EPERM',
  2: 'ENOENT',
  5: 'EIO',
  6: 'ENXIO',
  9: 'EBADF',
  11: 'EAGAIN',
  12: 'ENOMEM',
  13: 'EACCES',
  16: 'EBUSY',
  17: 'EEXIST',
  18: 'EXDEV',
  19: 'ENODEV',
  20: 'ENOTDIR',
  21: 'EISDIR',
  22: 'EINVAL',
  23: 'ENFILE',
  24: 'EMFILE',
  26: 'ETXTBSY',
  27: 'EFBIG',
  28: 'ENOSPC',
  30: 'EROFS',
  31: 'EMLINK',
  36: 'ENAMETOOLONG',
  39: 'ENOTEMPTY',
  40: 'ELOOP',
  84: 'EILSEQ',
  95: 'EOPNOTSUPP',
  116: 'ESTALE',
  122: 'EDQUOT',
};
const macos: Readonly<Record<number, string>> = {
  ...linux,
  11: 'EDEADLK',
  35: 'EAGAIN',
  36: 'EINPROGRESS',
  39: 'EDESTADDRREQ',
  40: 'EMSGSIZE',
  62: 'ELOOP',
  63: 'ENAMETOOLONG',
  66: 'ENOTEMPTY',
  69: 'EDQUOT',
  70: 'ESTALE',
  84: 'EOVERFLOW',
  92: 'EILSEQ',
  95: 'EMULTIHOP',
  102: 'EOPNOTSUPP',
  116: 'EUNKNOWN',
  122: 'EUNKNOWN',
};
/** The system's own numbers, as libuv translates them. */
const windows: Readonly<Record<number, string>> = {
  2: 'ENOENT',
  3: 'ENOENT',
  4: 'EMFILE',
  5: 'EPERM',
  17: 'EXDEV',
  19: 'EROFS',
  32: 'EBUSY',
  80: 'EEXIST',
  87: 'EINVAL',
  112: 'ENOSPC',
  123: 'ENOENT',
  145: 'ENOTEMPTY',
  183: 'EEXIST',
  206: 'ENAMETOOLONG',
  267: 'ENOTDIR',
};

/** Refusals of a base server that come from no system call, and what the system would call them. */
const refusals: readonly (readonly [words: RegExp, code: string])[] = [
  [/contains a symbolic link$/, 'ELOOP'],
  [/^at most \d+ file handles/, 'EMFILE'],
  [/^fs\/copy requires recursive/, 'EISDIR'],
  [/^fs\/copy cannot copy a directory to itself/, 'EINVAL'],
  [/^fs\/copy only supports/, 'EINVAL'],
  [/is not a file$/, 'EINVAL'],
  [/^file is too large/, 'EFBIG'],
];

const notFound = -32004;

/** What a system calls the error of a file request, and its number there; null for an error that is none of a file system. */
export function findOsCode(
  { code, message, detail }: RpcError,
  platformOs: string | null | undefined,
): { readonly code: string; readonly errno: number | undefined } | null {
  const digits = /\(os error (\d+)\)/.exec(message)?.[1];
  const number = digits === undefined ? undefined : Number(digits);
  const errno = number === undefined ? undefined : -number;
  const told = detail['code'] ?? detail['osError'];
  if (typeof told === 'string') return { code: told, errno };
  if (number !== undefined) return { code: tableOf(platformOs)[number] ?? `EUNKNOWN`, errno };
  if (code === notFound) return { code: 'ENOENT', errno };
  const refusal = refusals.find(([words]) => words.test(message));
  return refusal ? { code: refusal[1], errno } : null;
}

function tableOf(platformOs: string | null | undefined): Readonly<Record<number, string>> {
  if (platformOs === 'windows') return windows;
  return platformOs === 'macos' ? macos : linux;
}
