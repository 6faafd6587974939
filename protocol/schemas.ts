/** The checking half of the protocol: needs `zod`. Clients do without it. */
export { methods, notifications } from './methods/index.js';
export type { Gate, MethodEntry, NotificationEntry } from './methods/method.js';
export { checkParams } from './params-check.js';
