import { DisconnectedError } from '@exec-server/client';
import { SessionClient } from '#client/session/session-client.js';
import { type Script, ScriptedServer, type ScriptedServerOptions } from './scripted-server.js';

export interface SessionSetUp extends ScriptedServerOptions {
  readonly resume?: string;
  readonly resumeWindowMs?: number;
}

/** A session that is not connected yet, and what it tells. */
export function createSession(script: Script = {}, { resume, resumeWindowMs = 45_000, ...serverOptions }: SessionSetUp = {}) {
  const server = new ScriptedServer({ 'environment/status': () => ({ status: 'ready' }), ...script }, serverOptions);
  const told: string[] = [];
  let onTold: (() => void) | null = null;
  const tell = (what: string): void => {
    told.push(what);
    onTold?.();
  };
  const session = new SessionClient(
    { openChannel: server.openChannel, clientName: 'a test', sessionId: resume ?? null, resumeWindowMs },
    {
      notification: (method) => tell(method),
      disconnected: () => tell('disconnected'),
      resumed: () => tell('resumed'),
      ended: (error) => tell(`ended: ${error.name}`),
    },
  );
  /** Resolves when the last thing it told is this. */
  const hasTold = async (what: string): Promise<void> => {
    while (told.at(-1) !== what) await new Promise<void>((resolve) => (onTold = resolve));
  };
  return { server, session, told, hasTold, [Symbol.dispose]: () => session.close(new DisconnectedError('the test is over')) };
}

/** The same, connected. */
export async function connectSession(script: Script = {}, setUp: SessionSetUp = {}) {
  const host = createSession(script, setUp);
  await host.session.connect();
  return host;
}
