const watches = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls back when the signal aborts, until what is returned is called. However many watch a signal, it has one listener:
 * platforms warn of more than a few.
 */
export function watchAbort(signal: AbortSignal | undefined, callback: () => void): () => void {
  if (!signal) return () => undefined;
  const known = watches.get(signal);
  const callbacks = known ?? new Set<() => void>();
  if (!known) {
    watches.set(signal, callbacks);
    signal.addEventListener('abort', () => {
      for (const call of callbacks) call();
    });
  }
  callbacks.add(callback);
  return () => callbacks.delete(callback);
}
