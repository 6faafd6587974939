export type { EnvironmentConfig } from '../config/server-config.js';
export { McpConfigError } from '../errors.js';
export { McpGateway } from './gateway.js';
export type { GatewayOptions } from './gateway.js';
export type { MetricSample } from './metrics.js';
export { gatewayPath } from './routes.js';
export { readUpstreamFile } from './upstream-file.js';
export type { UpstreamFile } from './upstream-file.js';
