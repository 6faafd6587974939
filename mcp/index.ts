export { loadMcpConfig, parseMcpConfig } from './config/load-config.js';
export type { ParseOptions } from './config/load-config.js';
export type { EnvironmentConfig, HttpServerConfig, McpServerConfig, McpServerSet, StdioServerConfig } from './config/server-config.js';
export { connectMcp } from './connect-mcp.js';
export type { ConnectableClient, ConnectMcpOptions, PlacedTransport } from './connect-mcp.js';
export {
  EnvironmentUnavailableError,
  ExecutorDisconnectedError,
  McpConfigError,
  McpError,
  McpProtocolError,
  McpServerExitedError,
  McpStartError,
  McpTimeoutError,
} from './errors.js';
export type { StartPhase, Subject } from './errors.js';
export type { EnvVar } from './start-environment.js';
export { PlacedHttpClientTransport } from './http-transport.js';
export type { PlacedHttpOptions } from './http-transport.js';
export { ExecutorStdioClientTransport } from './stdio-transport.js';
export type { ExecutorStdioOptions } from './stdio-transport.js';
