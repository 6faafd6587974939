import type { z } from 'zod';

/** The word for a family in "client must call initialize before using … methods". */
export type Gate =
  | 'exec'
  | 'filesystem'
  | 'http'
  | 'environment info'
  | 'environment status'
  | 'environment config'
  | 'capability discovery'
  | 'session'
  | 'server status';

/** One request of the wire, as the method table holds it. */
export interface MethodEntry<Params extends z.ZodType = z.ZodType, Result extends z.ZodType = z.ZodType> {
  /** One sentence for the protocol page. */
  readonly summary: string;
  /** Name of the params in messages about their shape. */
  readonly paramsName: string;
  readonly params: Params;
  readonly result: Result;
  /** Family whose handshake rule applies; null for the handshake itself. */
  readonly gate: Gate | null;
  /** Capability that announces the method; null for the base protocol. */
  readonly capability: string | null;
}

/** One notification of the wire. */
export interface NotificationEntry<Params extends z.ZodType = z.ZodType> {
  readonly summary: string;
  readonly sender: 'client' | 'server';
  readonly params: Params;
}

/** A table entry; keeps the exact schema types. */
export function method<Params extends z.ZodType, Result extends z.ZodType>(
  entry: Omit<MethodEntry<Params, Result>, 'capability'> & { readonly capability?: string },
): MethodEntry<Params, Result> {
  return { capability: null, ...entry };
}
