export type { Direction, LineShape } from './fault-direction.js';
export { FaultProxy } from './fault-proxy.js';
export type { FaultName, FaultProxyOptions, RandomFaults } from './fault-proxy.js';
export { LeakError, startExecServer } from './start-exec-server.js';
export type { ExecServerHost, HostInspection, StartExecServerOptions } from './start-exec-server.js';
