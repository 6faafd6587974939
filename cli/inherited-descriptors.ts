import { closeSync, readdirSync, readFileSync } from 'node:fs';

/** O_CLOEXEC, as `/proc` prints it. */
const closeOnExec = 0o2000000;

/**
 * Closes what the starter of this process has left open and every program started here would get: files, locks, sockets.
 * Node marks the low numbers by itself, those of its own included, and stops at the first gap; shells use high ones.
 * Linux only: elsewhere nothing tells which they are.
 */
export function closeInheritedDescriptors(): void {
  if (process.platform !== 'linux') return;
  for (const name of readdirSync('/proc/self/fd')) {
    const descriptor = Number(name);
    if (descriptor > 2 && isInheritable(descriptor)) closeSync(descriptor);
  }
}

function isInheritable(descriptor: number): boolean {
  try {
    const flags = /^flags:\s+([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'latin1'))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & closeOnExec) === 0;
  } catch {
    return false; // the one the listing itself was read with
  }
}
