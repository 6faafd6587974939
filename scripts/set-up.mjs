// Brings a fresh clone to where `npm start` and `npm test` can run: installs what the lock file asks for, then builds.
// Needs nothing but Node and npm, because it runs before anything is installed.
import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

/** npm writes this file last, so its time tells which lock file is installed. */
const installed = join(root, 'node_modules', '.package-lock.json');

// Output goes to stderr: the standard output of `npm start` belongs to the server.
const options = { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' };

if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(join(root, 'package-lock.json')).mtimeMs) {
  execFileSync(npm, ['ci', '--no-audit', '--no-fund'], options);
}
try {
  execFileSync(npm, ['run', '--silent', 'build'], options);
} catch {
  process.exit(1); // the compiler has said why
}
