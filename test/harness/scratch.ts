import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A private directory for one test; gone when the block is left. */
export class Scratch implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'exec-server-test-'));

  /** Writes a file, with the directories on its way, and returns its path. */
  file(name: string, content: string | Uint8Array = '', mode = 0o644): string {
    const path = join(this.path, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    chmodSync(path, mode);
    return path;
  }

  directory(name: string): string {
    const path = join(this.path, name);
    mkdirSync(path, { recursive: true });
    return path;
  }

  pipe(name: string): string {
    const path = join(this.path, name);
    makePipe(path);
    return path;
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Makes a named pipe. */
export function makePipe(path: string): void {
  execFileSync('/usr/bin/env', ['mkfifo', path]);
}

/** `value` as the environment variable while the block lasts. */
export function withVariable(name: string, value: string): Disposable {
  const before = process.env[name];
  process.env[name] = value;
  return {
    [Symbol.dispose]() {
      if (before === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = before;
    },
  };
}
