import type { EnvironmentInfoResult, Requests } from '@exec-server/protocol';
import { capabilityHandlers } from '../capability/handlers.js';
import { createEnvironmentHandlers } from '../environment/handlers.js';
import { type FsScope, fsHandlers } from '../fs/handlers.js';
import type { Handlers } from '../handler.js';
import { type HttpScope, httpHandlers } from '../http/handlers.js';
import { type ProcessScope, processHandlers } from '../process/handlers.js';
import { type SessionScope, sessionHandlers } from '../session/handlers.js';

/** What handlers of all families may work on. */
export type Scope = SessionScope & ProcessScope & HttpScope & FsScope;

export type MethodMap = Handlers<keyof Requests, Scope>;

/** Joins the families. A method of the table without a handler does not compile. */
export function createMethodMap(environmentInfo: EnvironmentInfoResult, variables: ReadonlyMap<string, string>): MethodMap {
  return {
    ...sessionHandlers,
    ...createEnvironmentHandlers(environmentInfo, variables),
    ...processHandlers,
    ...httpHandlers,
    ...fsHandlers,
    ...capabilityHandlers,
  };
}
