#!/usr/bin/env node
// Committed, not built, so that npm finds the file and links the command when it installs.
import { statSync } from 'node:fs';

const rooms = ['protocol', 'client', 'server', 'mcp', 'cli'];

/** When a file was written, which may be 0 where installations are made reproducible; `-Infinity` when it is not there. */
function writtenMs(path) {
  return statSync(new URL(path, import.meta.url), { throwIfNoEntry: false })?.mtimeMs ?? -Infinity;
}

/** The bundle starts in half the time. In a repository something may have been compiled since; coverage speaks of the sources. */
function findMain() {
  const compiledMs = Math.max(...rooms.map((room) => writtenMs(`../../${room}/dist/tsconfig.tsbuildinfo`)));
  const bundledMs = process.env.NODE_V8_COVERAGE ? -Infinity : writtenMs('../bundle/main.js');
  if (bundledMs > compiledMs) return '../bundle/main.js';
  return writtenMs('../dist/main.js') > -Infinity ? '../dist/main.js' : null;
}

const main = findMain();
if (main) {
  await import(main);
} else {
  console.error('exec-server is not built yet: run "npm run build" in the repository, or start it with "npm start"');
  process.exitCode = 1;
}
