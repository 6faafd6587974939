/** The signals that can be asked for, by their names on the wire, with the system's names. */
export const wireSignals = {
  interrupt: 'SIGINT',
  hangup: 'SIGHUP',
  terminate: 'SIGTERM',
  kill: 'SIGKILL',
  quit: 'SIGQUIT',
  user1: 'SIGUSR1',
  user2: 'SIGUSR2',
  stop: 'SIGSTOP',
  continue: 'SIGCONT',
} as const;

export type WireSignal = keyof typeof wireSignals;

/** The name on the wire of a signal given in any usual way: `terminate`, `TERM`, `SIGTERM`, in any case; null for any other text. */
export function parseSignal(text: string): WireSignal | null {
  const lower = text.toLowerCase();
  for (const [name, system] of Object.entries(wireSignals)) {
    if (lower === name || `sig${lower.replace(/^sig/, '')}` === system.toLowerCase()) return name as WireSignal;
  }
  return null;
}
