import { longestTimerMs } from '@exec-server/protocol';
import { z } from 'zod';
import { KeyError } from './keys.js';

/** Name of a server or of an environment: it stands in URLs, names of tools and messages. */
export const namePattern = /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$/;

const text = z.string().refine((value) => !value.includes('\0'), 'it must not hold a NUL character');
const filled = text.min(1, 'it must not be empty');
const variableName = filled.refine((name) => !/[=*?]/.test(name), 'it is no name of a variable');
const headerName = z.string().regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/, 'it is no name of a header');
const headerValue = z.string().regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'it holds a character no header may have');
const name = z.string().regex(namePattern, 'it must have letters, digits, `.`, `_` and `-` only, and at most 64 of them');
const httpUrl = z.string().refine((value) => /^https?:\/\//i.test(value) && URL.canParse(value), 'it must be an http: or https: URL');
const socketUrl = z.string().refine((value) => /^wss?:\/\//i.test(value) && URL.canParse(value), 'it must be a ws: or wss: URL');
const seconds = z
  .number()
  .positive()
  .max(longestTimerMs / 1_000);
const milliseconds = z.number().positive().max(longestTimerMs);

const shared = {
  environment: name.optional(),
  startup_timeout_sec: seconds.optional(),
  startup_timeout_ms: milliseconds.optional(),
  tool_timeout_sec: seconds.optional(),
  tool_timeout_ms: milliseconds.optional(),
  enabled: z.boolean().optional(),
  required: z.boolean().optional(),
  enabled_tools: z.array(filled).optional(),
  disabled_tools: z.array(filled).optional(),
  expand_env: z.boolean().optional(),
  tool_prefix: z
    .string()
    .regex(/^[a-zA-Z0-9_.-]{0,63}$/, 'it must have letters, digits, `.`, `_` and `-` only')
    .optional(),
  isolation: z.enum(['shared', 'session']).optional(),
  protocol: z.enum(['auto', 'legacy', '2026-07-28']).optional(),
};

/** A server on stdio, keys unified. */
export const stdioServer = z.strictObject({
  ...shared,
  type: z.literal('stdio').optional(),
  command: filled,
  args: z.array(text).optional(),
  env: z.record(variableName, text).optional(),
  env_vars: z
    .array(z.union([variableName, z.strictObject({ name: variableName, source: z.enum(['local', 'remote']).optional() })]))
    .optional(),
  cwd: filled.optional(),
});

/** A server behind a URL, keys unified. */
export const httpServer = z.strictObject({
  ...shared,
  type: z.enum(['http', 'streamable-http', 'streamable_http', 'streamableHttp']).optional(),
  url: httpUrl,
  headers: z.record(headerName, headerValue).optional(),
  env_http_headers: z.record(headerName, variableName).optional(),
  bearer_token_env_var: variableName.optional(),
});

/** An executor that servers may be placed on. */
export const environment = z.strictObject({ url: socketUrl, token_env_var: variableName.optional() });

/** The file around them, keys unified. */
export const configFile = z.strictObject({
  $schema: z.string().optional(),
  mcp_servers: z.record(z.string(), z.unknown()).optional(),
  environments: z.record(z.string(), z.unknown()).optional(),
  default_environment: name.optional(),
  expand_env: z.boolean().optional(),
});

export type StdioServerEntry = z.infer<typeof stdioServer>;
export type HttpServerEntry = z.infer<typeof httpServer>;

/** The value in its type. @throws KeyError for what is wrong first */
export function check<T>(schema: z.ZodType<T>, value: unknown): T {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  const [issue] = error.issues;
  const path = (issue?.path ?? []).map(String);
  if (issue?.code === 'unrecognized_keys') throw new KeyError([...path, ...issue.keys.slice(0, 1)].join('.'), 'there is no such key');
  throw new KeyError(path.join('.'), issue?.message ?? 'it cannot be used');
}
