import { stat } from 'node:fs/promises';
import { type CapabilityRootsDiscoverV1Result, type Limits, RpcError } from '@exec-server/protocol';
import { describeFault } from '../fs/file-error.js';
import { type BytePath, fromUri, join, split, toSystem } from '../fs/file-path.js';
import type { CheckedParams } from '../handler.js';
import { refuseSandbox } from '../restrictions.js';
import { DiscoveredFiles, findFiles, type Finding, type FoundFile } from './discovered-files.js';
import { pluginDirectory, readManifest, readPlugin } from './plugin.js';

type Root = CheckedParams<'capabilityRoots/discoverV1'>['roots'][number];
type Discovered = CapabilityRootsDiscoverV1Result['roots'][number];

const skillName = 'SKILL.md';
const manifestName = 'plugin.json';
const names = new Set([skillName, manifestName]);

/** What is in one root; what is wrong with it is told in its place. */
export async function discover(root: Root, limits: Limits, budget: { bytes: number }, signal: AbortSignal): Promise<Discovered> {
  const empty = { id: root.id, path: root.path.href, plugin: null, skills: [], namespaceManifests: [], warnings: [], error: null };
  try {
    refuseSandbox(root.sandbox);
    const path = fromUri(root.path);
    const fault = await inspect(path, root.path.href);
    if (fault !== null) return { ...empty, error: fault };
    const files = new DiscoveredFiles(limits, budget);
    const plugin = await readPlugin(path, files);
    const found = await findFiles(path, names, limits, signal);
    const skills = await readSkills(found, files);
    const namespaceManifests = await readNamespaces(path, found, files);
    return { ...empty, plugin, skills, namespaceManifests, warnings: files.warnings };
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    return { ...empty, error: error.message };
  }
}

/** Why nothing can be said of a root; null when something can. */
async function inspect(path: BytePath, uri: string): Promise<string | null> {
  try {
    return (await stat(toSystem(path))).isDirectory() ? null : `capability root ${uri} is not a directory`;
  } catch (error) {
    return `failed to inspect capability root ${uri}: ${describeFault(error)}`;
  }
}

async function readSkills(found: readonly Finding[], files: DiscoveredFiles): Promise<Discovered['skills']> {
  const skills: { instructions: FoundFile; metadata: FoundFile | null }[] = [];
  for (const { directory, name } of found) {
    if (name !== skillName) continue;
    const instructions = await files.read(join(directory, name));
    if (instructions) skills.push({ instructions, metadata: await files.read(join(directory, 'agents/openai.yaml')) });
  }
  return skills;
}

/** The manifests of plugins: the nearest around the root, and those in it. */
async function readNamespaces(root: BytePath, found: readonly Finding[], files: DiscoveredFiles): Promise<FoundFile[]> {
  const manifests: FoundFile[] = [];
  const add = (manifest: FoundFile | null): boolean => {
    if (manifest && !manifests.some(({ path }) => path === manifest.path)) manifests.push(manifest);
    return manifest !== null;
  };
  for (let directory: BytePath | undefined = root; directory !== undefined; directory = split(directory)?.directory)
    if (add(await readManifest(directory, files))) break;
  for (const { directory, name } of found) {
    const plugin = name === manifestName ? pluginDirectory(directory) : null;
    if (plugin !== null) add(await readManifest(plugin, files));
  }
  return manifests;
}
