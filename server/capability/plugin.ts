import { type BytePath, join, split } from '../fs/file-path.js';
import type { DiscoveredFiles, FoundFile } from './discovered-files.js';

/** Where a plugin says what it is; the first that is there counts. */
const manifestDirectories = ['.codex-plugin', '.claude-plugin'];
const manifestName = 'plugin.json';

export interface Plugin {
  readonly manifest: FoundFile;
  readonly mcpConfig: FoundFile | null;
  readonly appsConfig: FoundFile | null;
}

/** The manifest of the plugin in a directory; null when there is none. */
export async function readManifest(directory: BytePath, files: DiscoveredFiles): Promise<FoundFile | null> {
  for (const place of manifestDirectories) {
    const manifest = await files.read(join(join(directory, place), manifestName));
    if (manifest) return manifest;
  }
  return null;
}

/** The plugin in a directory, with the files its manifest names; null when there is none. */
export async function readPlugin(directory: BytePath, files: DiscoveredFiles): Promise<Plugin | null> {
  const manifest = await readManifest(directory, files);
  if (!manifest) return null;
  const members = parseMembers(manifest.contents);
  const readNamed = async (member: string, usual: string): Promise<FoundFile | null> => {
    const named = members[member];
    if (named === undefined || named === null) return files.read(join(directory, usual));
    if (typeof named !== 'string') return null; // it stands in the manifest itself
    if (named.startsWith('./') && !named.split('/').includes('..')) return files.read(join(directory, toBytes(named.slice(2))));
    files.warnings.push(`ignoring ${member} in ${manifest.path}: path must start with \`./\` and stay below it`);
    return null;
  };
  return { manifest, mcpConfig: await readNamed('mcpServers', '.mcp.json'), appsConfig: await readNamed('apps', '.app.json') };
}

/** The directory a manifest found below a root belongs to; null for a file of that name elsewhere. */
export function pluginDirectory(manifestDirectory: BytePath): BytePath | null {
  const place = split(manifestDirectory);
  return place && manifestDirectories.includes(place.name) ? place.directory : null;
}

/** Nothing for what is no JSON object: whoever reads the manifest finds out. */
function parseMembers(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function toBytes(text: string): BytePath {
  return Buffer.from(text).toString('latin1');
}
