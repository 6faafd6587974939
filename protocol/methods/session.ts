import { z } from 'zod';
import { environmentInfo } from './environment.js';
import { noParams } from './members.js';
import { method, type NotificationEntry } from './method.js';

export const sessionMethods = {
  initialize: method({
    summary: 'Opens a session, or takes up a detached one. Once per connection; after a failure it may be tried again.',
    paramsName: 'InitializeParams',
    gate: null,
    params: z.object({
      clientName: z.string().describe('Who is asking; for logs.'),
      capabilities: z
        .object({ credits: z.boolean().optional().describe('The client grants bytes to the processes it starts with `creditBytes`.') })
        .nullish()
        .describe('What the client can do beyond the base.'),
      resumeSessionId: z.string().nullish().describe('Session to take up; absent or null opens a new one.'),
    }),
    result: z.object({
      sessionId: z.string().describe('Random UUID. Whoever knows it can take the session up: keep it secret.'),
      environmentInfo: environmentInfo.optional().describe('What `environment/info` answers.'),
    }),
  }),
  'session/close': method({
    summary: 'Ends the session and its processes now, instead of after the detach time. The connection stays, without a session.',
    paramsName: 'unit',
    gate: 'session',
    capability: 'sessionClose',
    params: noParams,
    result: z.object({ terminated: z.number().describe('Processes that were alive and have been killed.') }),
  }),
  'server/status': method({
    summary: 'Version, age, load and limits of the server.',
    paramsName: 'unit',
    gate: 'server status',
    capability: 'serverStatus',
    params: noParams,
    result: z.object({
      version: z.string(),
      uptimeMs: z.number().describe('Milliseconds since the server started.'),
      connections: z.number().describe('Open connections.'),
      sessions: z.object({ attached: z.number(), detached: z.number() }),
      processes: z.object({
        live: z.number().describe('Starting or running, or exited with output still to come.'),
        retained: z.number().describe('Closed and still readable.'),
      }),
      retainedBytes: z.number().describe('Output kept in memory for all processes.'),
      limits: z.record(z.string(), z.number()).describe('Limits in force; the unit is the end of the name.'),
    }),
  }),
};

export const sessionNotifications = {
  initialized: {
    summary: 'Ends the handshake. Params are not looked at; repeating it does nothing.',
    sender: 'client',
    params: z.unknown(),
  },
} satisfies Record<string, NotificationEntry>;
