import { userInfo } from 'node:os';
import { basename } from 'node:path';

export interface Shell {
  /** `bash`, `zsh`, `sh`, `powershell`, `cmd`, … */
  readonly name: string;
  /** Native path, or a command on Windows. */
  readonly path: string;
}

/** The login shell of the user the server runs as: from the user database, not from `$SHELL` (base). */
export function findLoginShell(): Shell {
  if (process.platform === 'win32') return { name: 'powershell', path: 'powershell.exe' };
  let path: string | null = null;
  try {
    path = userInfo().shell;
  } catch {
    // a user id without an entry, as in many containers
  }
  path = path === null || path === '' ? '/bin/sh' : path;
  return { name: basename(path), path };
}
