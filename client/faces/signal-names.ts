import { constants } from 'node:os';
import { parseSignal, type WireSignal } from '@exec-server/protocol';

/**
 * The name on the wire of a signal as `child_process` takes it, by name or number.
 * @throws TypeError `ERR_UNKNOWN_SIGNAL` for one that cannot be sent to another machine
 */
export function toWireSignal(signal: NodeJS.Signals | number): WireSignal {
  const name = typeof signal === 'number' ? nameOf(signal) : signal;
  const wireSignal = name.startsWith('SIG') ? parseSignal(name) : null;
  if (wireSignal !== null) return wireSignal;
  throw Object.assign(new TypeError(`Unknown signal: ${signal}`), { code: 'ERR_UNKNOWN_SIGNAL' });
}

/** What ends a program that does nothing about it: a server that knows no other signals kills instead. */
export function isEnding(signal: WireSignal): boolean {
  return ['hangup', 'terminate', 'kill', 'quit'].includes(signal);
}

function nameOf(number: number): string {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? '';
}
