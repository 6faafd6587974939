import { environmentMethods } from './environment.js';
import type { MethodEntry, NotificationEntry } from './method.js';
import { processMethods, processNotifications } from './process.js';
import { sessionMethods, sessionNotifications } from './session.js';

/** Every request of the wire, by name. Types, checks and the protocol page come from here. */
export const methods = {
  ...sessionMethods,
  ...environmentMethods,
  ...processMethods,
} satisfies Record<string, MethodEntry>;

/** Every notification of the wire, by name. */
export const notifications = {
  ...sessionNotifications,
  ...processNotifications,
} satisfies Record<string, NotificationEntry>;
