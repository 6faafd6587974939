import type { LaunchRequest } from '#server/process/launch.js';
import { launchRequest } from './launching.js';
import type { Scratch } from './scratch.js';

export interface RefusedStart {
  readonly what: string;
  readonly message: string;
  /** `errno` name of the system; absent when the refusal is not the system's. */
  readonly osError?: string;
  readonly build: (scratch: Scratch) => LaunchRequest;
}

const huge = 'x'.repeat(128 * 1024);
const notFound = { message: 'No such file or directory (os error 2)', osError: 'ENOENT' };
const denied = { message: 'Permission denied (os error 13)', osError: 'EACCES' };
const notADirectory = { message: 'Not a directory (os error 20)', osError: 'ENOTDIR' };
const tooLong = { message: 'Argument list too long (os error 7)', osError: 'E2BIG' };
const script = 'echo no interpreter\n';

/** Starts the system refuses, or would, on pipes as on terminals. */
export const refusedStarts: readonly RefusedStart[] = [
  { what: 'a program that is not in PATH', ...notFound, build: () => launchRequest(['no-such-program']) },
  { what: 'a path that does not exist', ...notFound, build: () => launchRequest(['/no/such/program']) },
  { what: 'a relative path that does not exist', ...notFound, build: ({ path }) => launchRequest(['./missing'], { cwd: path }) },
  { what: 'a directory to work in that does not exist', ...notFound, build: () => launchRequest(['true'], { cwd: '/no/such/directory' }) },
  { what: 'a file to work in', ...notADirectory, build: (scratch) => launchRequest(['true'], { cwd: scratch.file('f') }) },
  { what: 'a file on the way to the program', ...notADirectory, build: (scratch) => launchRequest([`${scratch.file('f')}/program`]) },
  { what: 'a file without permission to execute', ...denied, build: (scratch) => launchRequest([scratch.file('f', '#!/bin/sh\n')]) },
  { what: 'a directory as program', ...denied, build: (scratch) => launchRequest([scratch.directory('d')]) },
  {
    what: 'a script without interpreter line',
    message: 'Exec format error (os error 8)',
    osError: 'ENOEXEC',
    build: (scratch) => launchRequest([scratch.file('script', script, 0o755)]),
  },
  { what: 'an argument of 128 KiB', ...tooLong, build: () => launchRequest(['true', huge]) },
  {
    what: 'a variable of 128 KiB',
    ...tooLong,
    build: () =>
      launchRequest(['true'], {
        env: new Map([
          ['PATH', '/usr/bin:/bin'],
          ['X', huge],
        ]),
      }),
  },
  { what: 'NUL in an argument', message: 'nul byte found in provided data', build: () => launchRequest(['true', 'a\0b']) },
  { what: 'NUL in the program', message: 'nul byte found in provided data', build: () => launchRequest(['tr\0ue']) },
  { what: 'NUL in `argv[0]`', message: 'nul byte found in provided data', build: () => launchRequest(['true'], { arg0: 'a\0' }) },
  {
    what: 'NUL in a variable',
    message: 'data provided contains a nul byte',
    build: () => launchRequest(['true'], { env: new Map([['A', '\0']]) }),
  },
  {
    what: 'NUL in the name of a variable',
    message: 'data provided contains a nul byte',
    build: () => launchRequest(['true'], { env: new Map([['A\0', '']]) }),
  },
];
