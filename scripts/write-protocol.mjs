// Writes what is derived from the method table: the types in protocol/wire.ts and the page docs/protocol.md.
// With --check it only compares, and exits with 1 when a file is out of date.
import { readFileSync, writeFileSync } from 'node:fs';
import { format } from 'oxfmt';
import { rpcErrors } from '../protocol/dist/errors.js';
import { methods, notifications } from '../protocol/dist/methods/index.js';
import { writePage } from './protocol-page.mjs';
import { writeTypes } from './wire-types.mjs';

const table = { methods, notifications, rpcErrors };
const outputs = [
  ['protocol/wire.ts', writeTypes(table)],
  ['docs/protocol.md', writePage(table)],
];

const options = JSON.parse(readFileSync(new URL('../.oxfmtrc.json', import.meta.url), 'utf8'));
let stale = false;
for (const [path, text] of outputs) {
  const file = new URL(`../${path}`, import.meta.url);
  const { code } = await format(path, text, options);
  if (readOrEmpty(file) === code) continue;
  stale = true;
  if (process.argv.includes('--check')) console.error(`${path} is out of date: run "npm run docs"`);
  else writeFileSync(file, code);
}
if (stale && process.argv.includes('--check')) process.exitCode = 1;

function readOrEmpty(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
