// Puts the command line and all it needs into `cli/bundle`, so that a server starts in half the time: docs/decisions/0018.
// Runs after the compiler. What is native or loaded by path stays outside.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const cli = join(dirname(dirname(fileURLToPath(import.meta.url))), 'cli');
const target = join(cli, 'bundle');

rmSync(target, { recursive: true, force: true });
const bundle = await rolldown({ input: join(cli, 'dist', 'main.js'), platform: 'node' });
const { output } = await bundle.write({ dir: target, format: 'esm', chunkFileNames: '[name]-[hash].js' });
await bundle.close();

const modules = output.flatMap((chunk) => (chunk.type === 'chunk' ? chunk.moduleIds : []));
writeFileSync(join(target, 'LICENSES.txt'), licensesOf(modules));

/** The licenses of the packages that the modules come from, as those ask for. */
function licensesOf(ids) {
  const packages = new Set(ids.map(packageOf).filter((path) => path !== null));
  return [...packages]
    .toSorted((a, b) => a.localeCompare(b))
    .map(licenseOf)
    .join('\n');
}

/** The directory of the package a module belongs to; null for our own. */
function packageOf(id) {
  return /^(?:.*[\\/])?node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(id)?.[0] ?? null;
}

function licenseOf(path) {
  const { name, version, license } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
  const file = existsSync(path) ? readdirSync(path).find((entry) => /^licen[cs]e/i.test(entry)) : undefined;
  return `${name} ${version} (${license})\n${file ? `\n${readFileSync(join(path, file), 'utf8')}` : ''}`;
}
