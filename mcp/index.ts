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
export { McpConnections } from './mcp-connections.js';
export type { McpConnectionsOptions } from './mcp-connections.js';
export { placeServer } from './placement.js';
export type { Placeable, Placement, Places } from './placement.js';
export type { CallToolOptions, ServerState, ServerStatus } from './server-connection.js';
export { bridgeStdio } from './stdio-bridge.js';
export type { BridgeEnd, StdioBridgeOptions } from './stdio-bridge.js';
export { toStartEnvironment } from './start-environment.js';
export type { StartEnvironment } from './start-environment.js';
export { describeMcpConfig } from './config/describe-config.js';
