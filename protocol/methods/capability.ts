import { z } from 'zod';
import { pathUri, sandbox } from './members.js';
import { method } from './method.js';

const file = z.object({ path: z.string().describe('As file URI.'), contents: z.string() });

export const capabilityMethods = {
  'capabilityRoots/discoverV1': method({
    summary:
      'The skills and the plugin in some directories, read but not interpreted. What is wrong with one of them is told in its place.',
    paramsName: 'CapabilityRootsDiscoverParams',
    gate: 'capability discovery',
    params: z.object({
      roots: z.array(
        z.object({
          id: z.string().describe('Comes back in the answer.'),
          path: pathUri.describe('As file URI.'),
          sandbox: sandbox.nullish(),
        }),
      ),
    }),
    result: z.object({
      roots: z.array(
        z.object({
          id: z.string(),
          path: z.string(),
          plugin: z
            .object({ manifest: file, mcpConfig: file.nullable(), appsConfig: file.nullable() })
            .nullable()
            .describe('Null unless the directory has a `plugin.json` in `.codex-plugin` or `.claude-plugin`.'),
          skills: z
            .array(z.object({ instructions: file, metadata: file.nullable() }))
            .describe('Every `SKILL.md`, with the `agents/openai.yaml` beside it; sorted by path.'),
          namespaceManifests: z.array(file).describe('Manifests of plugins around and below.'),
          warnings: z.array(z.string()).describe('What was left out, and why.'),
          error: z.string().nullable().describe('Why nothing could be said of it.'),
        }),
      ),
    }),
  }),
};
