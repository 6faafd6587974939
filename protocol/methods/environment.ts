import { z } from 'zod';
import { noParams } from './members.js';
import { method } from './method.js';

export const environmentInfo = z.object({
  shell: z
    .object({
      name: z.string().describe('`bash`, `zsh`, `sh`, `powershell`, `cmd`, …'),
      path: z.string().describe('Native path or command.'),
    })
    .describe('Login shell of the user the server runs as.'),
  executorVersion: z.string().optional().describe('Version of the server.'),
  providerId: z.string().nullish().describe('Opaque identity of the build.'),
  cwd: z.string().nullish().describe('Working directory of the server, as file URI.'),
  userHomeDir: z.string().nullish().describe('Home directory, as file URI.'),
  platformOs: z.string().nullish().describe('`linux`, `macos` or `windows`.'),
  prependPathDirs: z.array(z.string()).nullish().describe('Directories a client should put in front of PATH, as file URIs.'),
  temporaryDirectories: z.array(z.string()).nullish().describe('`$TMPDIR` when it is set, as file URI.'),
  tempDir: z.string().nullish().describe('Directory for temporary files, as file URI.'),
  capabilities: z
    .record(z.string(), z.boolean())
    .optional()
    .describe('What the server offers beyond the base; a missing name means false.'),
});

export const environmentMethods = {
  'environment/info': method({
    summary: 'What kind of machine this is and what the server can do.',
    paramsName: 'unit',
    gate: 'environment info',
    params: noParams,
    result: environmentInfo,
  }),
  'environment/status': method({
    summary: 'Whether the server is ready for work.',
    paramsName: 'unit',
    gate: 'environment status',
    params: noParams,
    result: z.object({ status: z.literal('ready') }),
  }),
};
