import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Limits } from '@exec-server/protocol';

/** What a server holds of the system and of its clients. */
export interface ServerReport {
  readonly rssBytes: number;
  /** After a collection of garbage. */
  readonly heapBytes: number;
  readonly descriptors: number;
  readonly timers: number;
  readonly zombies: number;
  readonly connections: number;
  readonly sessions: number;
  readonly liveProcesses: number;
  readonly retainedBytes: number;
}

/** The server a campaign runs against. */
export interface Target extends AsyncDisposable {
  readonly url: string;
}

/** A server of its own. */
export interface OwnTarget extends Target {
  readonly pid: number;
  report(): Promise<ServerReport>;
}

/** Starts a server in a process of its own. */
export async function startOwnTarget(limits: Partial<Limits> = {}): Promise<OwnTarget> {
  const script = fileURLToPath(new URL('reporting-server.js', import.meta.url));
  const child = fork(script, [JSON.stringify(limits)], { execArgv: ['--expose-gc', '--enable-source-maps'] });
  const [url] = (await once(child, 'message')) as [string];
  return {
    url,
    pid: child.pid as number,
    async report() {
      const answer = once(child, 'message') as Promise<[ServerReport]>;
      child.send('report');
      return (await answer)[0];
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
}

/** The server at a URL, which stays, or one of its own. */
export async function startTarget(url: string | null, limits: Partial<Limits> = {}): Promise<Target> {
  if (url === null) return startOwnTarget(limits);
  return { url, [Symbol.asyncDispose]: () => Promise.resolve() };
}

/** Children of a process that are dead and not reaped. */
export function countZombies(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return children.split(' ').filter((child) => {
    try {
      return child !== '' && /^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${child}/stat`, 'utf8'));
    } catch {
      return false; // it has just gone
    }
  }).length;
}

/** A number of a file like `/proc/PID/status`, in bytes; 0 when the process is gone. */
export function readProcNumber(path: string, name: string): number {
  try {
    const found = new RegExp(`^${name}:\\s+(\\d+)( kB)?`, 'm').exec(readFileSync(path, 'utf8'));
    return Number(found?.[1] ?? 0) * (found?.[2] ? 1_024 : 1);
  } catch {
    return 0;
  }
}
