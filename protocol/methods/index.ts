import { capabilityMethods } from './capability.js';
import { environmentMethods } from './environment.js';
import { fsMethods, fsNotifications } from './fs.js';
import { httpMethods, httpNotifications } from './http.js';
import type { MethodEntry, NotificationEntry } from './method.js';
import { processMethods, processNotifications } from './process.js';
import { sessionMethods, sessionNotifications } from './session.js';

/** Every request of the wire, by name. Types, checks and the protocol page come from here. */
export const methods = {
  ...sessionMethods,
  ...environmentMethods,
  ...processMethods,
  ...httpMethods,
  ...fsMethods,
  ...capabilityMethods,
} satisfies Record<string, MethodEntry>;

/** Every notification of the wire, by name. */
export const notifications = {
  ...sessionNotifications,
  ...processNotifications,
  ...httpNotifications,
  ...fsNotifications,
} satisfies Record<string, NotificationEntry>;
