export { ExecutorStdioClientTransport } from './stdio-transport.js';
export type { ExecutorStdioOptions } from './stdio-transport.js';
