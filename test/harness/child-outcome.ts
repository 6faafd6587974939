import type { EventEmitter } from 'node:events';
import type { Readable } from 'node:stream';

/** What a local `ChildProcess` and a remote one have in common. */
export interface ChildFace extends EventEmitter {
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  readonly exitCode: number | null;
  readonly signalCode: string | null;
}

/** All that can be seen of a child from outside, in the order it was seen. */
export interface ChildOutcome {
  readonly events: readonly string[];
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | null;
  readonly signalCode: string | null;
}

/** Follows a child to its `close`. */
export async function follow(child: ChildFace): Promise<ChildOutcome> {
  const events: string[] = [];
  const texts = { stdout: '', stderr: '' };
  child.on('spawn', () => events.push('spawn'));
  child.on('error', (error: NodeJS.ErrnoException) => events.push(`error ${error.name} ${error.code ?? ''}`));
  child.on('exit', (code, signal) => events.push(`exit ${String(code)} ${String(signal)}`));
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => (texts[name] += text));
    child[name]?.on('error', (error) => events.push(`${name} ${error.name}`));
  }
  await new Promise<void>((resolve) => {
    child.on('close', (code, signal) => {
      events.push(`close ${String(code)} ${String(signal)}`);
      resolve();
    });
  });
  return { events, ...texts, exitCode: child.exitCode, signalCode: child.signalCode };
}
