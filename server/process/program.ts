import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs';
import { delimiter, dirname, resolve } from 'node:path';
import { RpcError } from '@exec-server/protocol';
import which from 'which';
import { startFailed, toLaunchError } from './launch-error.js';
import type { LaunchRequest } from './launch.js';

/** Where the system looks when the child has no PATH. */
const defaultPath = ['/usr/local/bin', '/bin', '/usr/bin'].join(delimiter);

/** The part of it that the C library knows, too. */
const libraryPath = ['/bin', '/usr/bin'];

/**
 * The file that a start will execute: looked up in the child's PATH, or relative to its working directory.
 * @throws RpcError `startFailed` for what the system would refuse, before anything is created
 */
export function findProgram(request: LaunchRequest): string {
  const kind = request.terminal ? 'PTY' : 'pipe';
  const program = request.argv[0] ?? '';
  if (program === '') throw new RpcError('startFailed', `missing program for ${kind} spawn`);
  refuseNul(request);
  const file = program.includes('/') ? resolve(request.cwd, program) : search(program, request);
  try {
    checkDirectory(request.cwd);
    accessSync(file, constants.X_OK);
    if (statSync(file).isDirectory()) throw startFailed('EACCES');
    if (isScriptWithoutInterpreter(file)) throw startFailed('ENOEXEC');
  } catch (error) {
    throw toLaunchError(error);
  }
  return file;
}

/** What to execute: its name where the C library finds the same file, so that the program sees that name; else the file. */
export function toExecute({ argv: [name = ''], env }: LaunchRequest, file: string): string {
  return env.has('PATH') || name.includes('/') || libraryPath.includes(dirname(file)) ? name : file;
}

const hasNul = (text: string): boolean => text.includes('\0');

function refuseNul(request: LaunchRequest): void {
  if (request.argv.some(hasNul) || hasNul(request.arg0 ?? '')) throw new RpcError('startFailed', 'nul byte found in provided data');
  for (const [name, value] of request.env) {
    if (hasNul(name) || hasNul(value)) throw new RpcError('startFailed', 'data provided contains a nul byte');
  }
}

function search(program: string, { cwd, env }: LaunchRequest): string {
  const path = env.get('PATH') ?? defaultPath;
  const directories = path.split(delimiter).map((directory) => resolve(cwd, directory));
  const file = which.sync(program, { path: directories.join(delimiter), pathExt: env.get('PATHEXT') ?? '', nothrow: true });
  if (file === null) throw startFailed('ENOENT');
  return file;
}

function checkDirectory(path: string): void {
  if (!statSync(path).isDirectory()) throw startFailed('ENOTDIR');
}

/**
 * The C library hands a text file without `#!` to the shell, silently. Such a start is refused, as by the base.
 * Anything that is no text is left to the kernel, which knows more formats than we do.
 */
function isScriptWithoutInterpreter(file: string): boolean {
  if (process.platform === 'win32') return false;
  const head = Buffer.alloc(64);
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    return false; // may be executed but not read: the kernel decides
  }
  try {
    const length = readSync(descriptor, head, 0, head.length, 0);
    if (length >= 2 && head.toString('latin1', 0, 2) === '#!') return false;
    return head.subarray(0, length).every((byte) => byte >= 32 || (byte >= 9 && byte <= 13));
  } finally {
    closeSync(descriptor);
  }
}
