import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
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

/** The server a campaign runs against, in a process of its own. Leaving the block ends it. */
export interface Target extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** After so long, in milliseconds, it has forgotten what is over. */
  readonly forgetMs: number;
  /** Of another server than ours only what the system knows; the rest is 0. */
  report(): Promise<ServerReport>;
}

/** How long servers of the base keep closed processes and lost sessions, in milliseconds, and a little longer. */
const baseForgetMs = 85_000;

/** Starts a server: our own, with these limits, unless there is a command for another. */
export function startTarget(server: string | null, limits: Partial<Limits> = {}): Promise<Target> {
  return server === null ? startOwnTarget(limits) : startCommandTarget(server);
}

/** A server that can be ended in more than one way. */
export interface StartedServer extends Target {
  /** Resolves when it has ended. */
  stop(signal: NodeJS.Signals): Promise<unknown>;
}

/** Starts a server by a shell command that prints its URL. */
export async function startCommandTarget(command: string): Promise<StartedServer> {
  const child = spawn('/bin/sh', ['-c', `exec ${command}`], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const url = /wss?:\/\/\S+/.exec(line)?.[0];
  if (url === undefined) throw new Error(`the server printed no URL but ${line}`);
  const pid = child.pid as number;
  const exited = once(child, 'exit');
  const stop = (signal: NodeJS.Signals): Promise<unknown> => {
    child.kill(signal);
    return exited;
  };
  return {
    url,
    pid,
    stop,
    forgetMs: baseForgetMs,
    report: () =>
      Promise.resolve({
        ...{ heapBytes: 0, timers: 0, connections: 0, sessions: 0, liveProcesses: 0, retainedBytes: 0 },
        rssBytes: readProcNumber(`/proc/${pid}/status`, 'VmRSS'),
        descriptors: readdirSync(`/proc/${pid}/fd`).length,
        zombies: countZombies(pid),
      }),
    async [Symbol.asyncDispose]() {
      await stop('SIGKILL');
    },
  };
}

async function startOwnTarget(limits: Partial<Limits>): Promise<Target> {
  const script = fileURLToPath(new URL('reporting-server.js', import.meta.url));
  const child = fork(script, [JSON.stringify(limits)], { execArgv: ['--expose-gc', '--enable-source-maps'] });
  const [url] = (await once(child, 'message')) as [string];
  return {
    url,
    pid: child.pid as number,
    forgetMs: limits.closedProcessMs ?? baseForgetMs,
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
