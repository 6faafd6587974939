export { LeakError, startExecServer } from './start-exec-server.js';
export type { ExecServerHost, HostInspection, StartExecServerOptions } from './start-exec-server.js';
