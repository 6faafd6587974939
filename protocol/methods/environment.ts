import { z } from 'zod';
import { noParams, pathUri } from './members.js';
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

const keyPaths = z.array(z.array(z.string())).describe('Paths of keys, each with one key at least.');

const configLayers = z.object({
  layers: z
    .array(
      z.object({
        source: z.string().describe('What kind of file it is, and its path.'),
        baseDir: z.string().describe('Directory of the file, as file URI.'),
        toml: z.string().describe('What was asked for of its content.'),
      }),
    )
    .describe('Weakest first; files that say nothing about what was asked for are left out.'),
  cloudInsertionIndex: z.number().describe('Where among the layers settings from elsewhere belong: behind those of the machine.'),
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
  'environmentConfig/read': method({
    summary: 'Settings of the machine, its user and a project, from the `config.toml` files a client of the base looks for.',
    paramsName: 'EnvironmentConfigReadParams',
    gate: 'environment config',
    capability: 'environmentConfigRead',
    params: z.object({
      cwd: pathUri.describe('Where the work is done, as file URI.'),
      configPaths: keyPaths,
      requirementsPaths: keyPaths,
    }),
    result: z.object({
      userHomeDir: z.string().describe('As file URI.'),
      codexHomeDir: z.string().describe('Where the settings of the user are, as file URI.'),
      hostname: z.string(),
      config: configLayers,
      requirements: configLayers,
    }),
  }),
};
