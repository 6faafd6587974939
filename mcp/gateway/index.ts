export { McpGateway } from './gateway.js';
export type { GatewayOptions } from './gateway.js';
export { gatewayPath } from './routes.js';
export type { MetricSample } from './metrics.js';
