import { ExecClient } from '@exec-server/client';
import { EnvironmentUnavailableError } from './errors.js';

/** What there is to run servers on. */
export interface Places {
  /** Names of the executors. */
  readonly names: readonly string[];
  /** The executor that `remote` means, when there is none of that name; null for the only one there is. */
  readonly defaultName: string | null;
  /** This machine: by itself (`allowed`), not at all, or by an executor of its own. */
  readonly local: 'allowed' | 'disabled' | ExecClient;
  /** The executor of a name, or why there is none. */
  lookup(name: string): ExecClient | Error;
}

/** What the rule needs to know of a server. */
export interface Placeable {
  readonly name: string;
  readonly environment: string;
  readonly transport: 'stdio' | 'http';
}

/** Where a server runs, or where its requests are made. `client` is null for this process. */
export interface Placement {
  readonly environment: string;
  readonly client: ExecClient | null;
}

/**
 * Where a server runs: the one place of this rule. A server that is to run elsewhere runs there or nowhere; and one that is
 * to run here runs here.
 * @throws EnvironmentUnavailableError
 */
export function placeServer(server: Placeable, places: Places): Placement {
  if (server.environment === 'local') return placeLocally(server, places);
  const environment = resolveEnvironment(server, places);
  const fail = (reason: string, cause?: Error): never => {
    throw new EnvironmentUnavailableError({ server: server.name, environment }, reason, cause ? { cause } : {});
  };
  const found: unknown = places.names.includes(environment) ? places.lookup(environment) : undefined;
  if (found === undefined) return fail(`there is no such environment; there ${list(places.names)}`);
  if (found instanceof Error) return fail(found.message, found);
  if (!(found instanceof ExecClient)) return fail('what was given for it is no executor');
  if (found.isInProcess || found === places.local) return fail('its executor is this process: that is local');
  if (found.state === 'closed') return fail('the connection to it is closed');
  return { environment, client: found };
}

/**
 * The name of the executor that is meant: `remote` is the default one.
 * @throws EnvironmentUnavailableError when there is none, or one of several
 */
export function resolveEnvironment(server: Placeable, { names, defaultName }: Places): string {
  if (server.environment !== 'remote' || names.includes('remote')) return server.environment;
  const name = defaultName ?? (names.length === 1 ? names[0] : undefined);
  if (name !== undefined) return name;
  const subject = { server: server.name, environment: 'remote' };
  throw new EnvironmentUnavailableError(subject, `none is the default; there ${list(names)}`);
}

function placeLocally({ name, transport }: Placeable, { local }: Places): Placement {
  if (local instanceof ExecClient) return { environment: 'local', client: transport === 'stdio' ? local : null };
  if (local === 'disabled' && transport === 'stdio')
    throw new EnvironmentUnavailableError({ server: name, environment: 'local' }, 'programs are not run on this machine');
  return { environment: 'local', client: null };
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'are none' : `is ${names.map((name) => JSON.stringify(name)).join(', ')}`;
}
