#!/usr/bin/env node
// Committed, not built, so that npm finds the file and links the command when it installs.
import { existsSync } from 'node:fs';

const main = new URL('../dist/main.js', import.meta.url);
if (existsSync(main)) {
  await import(main.href);
} else {
  console.error('exec-server is not built yet: run "npm run build" in the repository, or start it with "npm start"');
  process.exitCode = 1;
}
