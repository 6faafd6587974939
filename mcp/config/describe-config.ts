import type { McpServerConfig, McpServerSet } from './server-config.js';

const redacted = '(redacted)';

/** A configuration as plain data, to be printed: without values that may be secrets. */
export function describeMcpConfig({ file, servers, environments, defaultEnvironment }: McpServerSet) {
  return {
    file,
    defaultEnvironment,
    environments: Object.fromEntries([...environments].map(([name, config]) => [name, { ...config, url: withoutSecrets(config.url) }])),
    servers: Object.fromEntries([...servers].map(([name, config]) => [name, describeServer(config)])),
  };
}

/** Arguments are shown: everybody on the machine of the server can read them there. */
function describeServer(config: McpServerConfig): object {
  if (config.transport === 'stdio') return { ...config, env: redact(config.env) };
  return { ...config, url: withoutSecrets(config.url), headers: redact(config.headers) };
}

function redact(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.keys(values).map((name) => [name, redacted]));
}

function withoutSecrets(text: string): string {
  const url = new URL(text);
  if (url.username !== '') url.username = redacted;
  if (url.password !== '') url.password = redacted;
  for (const name of url.searchParams.keys()) url.searchParams.set(name, redacted);
  return url.href;
}
