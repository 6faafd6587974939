// Puts the command line and all it needs into `cli/bundle`, so that a server starts in half the time: docs/decisions/0018.
// Runs after the compiler. What is native or loaded by path stays outside.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const cli = join(dirname(dirname(fileURLToPath(import.meta.url))), 'cli');
const target = join(cli, 'bundle');

const bundle = await rolldown({ input: join(cli, 'dist', 'main.js'), platform: 'node' });
const { output } = await bundle.generate({ format: 'esm', chunkFileNames: '[name]-[hash].js' });
await bundle.close();

const chunks = output.filter(({ type }) => type === 'chunk');
replaceFiles(
  new Map([
    ...chunks.filter(({ isEntry }) => !isEntry).map(({ fileName, code }) => [fileName, code]),
    ['LICENSES.txt', licensesOf(chunks.flatMap(({ moduleIds }) => moduleIds))],
    ...chunks.filter(({ isEntry }) => isEntry).map(({ fileName, code }) => [fileName, code]),
  ]),
);

/**
 * Puts the files in place of those that are there, each in one go and in this order, then takes away the rest. A server that runs
 * loads some of them only when they are needed: what has not changed is there all the time.
 */
function replaceFiles(files) {
  mkdirSync(target, { recursive: true });
  for (const [name, content] of files) {
    const unfinished = join(target, `${name}.${process.pid}`);
    writeFileSync(unfinished, content);
    renameSync(unfinished, join(target, name));
  }
  // What ends otherwise is being written by somebody else.
  for (const name of readdirSync(target)) if (/\.(?:js|txt)$/.test(name) && !files.has(name)) rmSync(join(target, name), { force: true });
}

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
