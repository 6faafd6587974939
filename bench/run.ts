import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startExecServer } from 'exec-server/testing';
import { median, type Scenario } from './scenario.js';
import { fileRead, fileWrite, smallFiles } from './scenarios/files.js';
import { gatewayCall, gatewayCalls } from './scenarios/gateway.js';
import { echo, input } from './scenarios/input.js';
import { bigOutput, lineOutput, terminalOutput } from './scenarios/output.js';
import { smallRequests } from './scenarios/requests.js';
import { start, startRate } from './scenarios/start.js';

/**
 * Every scenario in pairs, ours and plain in turn: the machine's speed drops out of the ratio. Client and server share
 * one process here, so that the figures are for comparing, not for quoting.
 *
 * `npm run bench`, `npm run bench -- output`, and `npm run bench -- --save` to keep the ratios as the new baseline.
 */
const scenarios: readonly Scenario[] = [
  start,
  startRate,
  bigOutput,
  lineOutput,
  terminalOutput,
  input,
  echo,
  smallRequests,
  fileRead,
  fileWrite,
  smallFiles,
  gatewayCall,
  gatewayCalls,
];
const pairs = 3;
const baselineFile = fileURLToPath(new URL('../baseline.json', import.meta.url));

const args = process.argv.slice(2);
const filters = args.filter((arg) => !arg.startsWith('--'));
const baseline = JSON.parse(readFileSync(baselineFile, 'utf8')) as Record<string, number>;

console.log(row('scenario', 'ours', 'plain', 'unit', 'ratio', 'baseline'));
for (const scenario of scenarios) {
  if (filters.length > 0 && !filters.some((filter) => scenario.name.includes(filter))) continue;
  const { ours, plain, ratio } = await measure(scenario);
  const before = baseline[scenario.name];
  console.log(
    row(
      scenario.name,
      format(ours),
      format(plain),
      scenario.unit,
      format(ratio),
      before === undefined ? '-' : compare(scenario, ratio, before),
    ),
  );
  baseline[scenario.name] = Number(ratio.toPrecision(3));
}
if (args.includes('--save')) writeFileSync(baselineFile, `${JSON.stringify(baseline, null, 2)}\n`);

async function measure(scenario: Scenario) {
  const runs: { ours: number; plain: number }[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    await using host = await startExecServer();
    runs.push({ ours: await scenario.ours(host.client), plain: await scenario.plain() });
  }
  return {
    ours: median(runs.map(({ ours }) => ours)),
    plain: median(runs.map(({ plain }) => plain)),
    ratio: median(runs.map(({ ours, plain }) => ours / plain)),
  };
}

function compare({ better }: Scenario, ratio: number, before: number): string {
  const change = better === 'lower' ? before / ratio : ratio / before;
  return `${format(before)} (${change >= 1 ? '+' : ''}${Math.round((change - 1) * 100)} %)`;
}

function format(number: number): string {
  return number >= 100 ? number.toFixed(0) : number.toPrecision(3);
}

function row(...cells: readonly string[]): string {
  return cells.map((cell, at) => (at === 0 ? cell.padEnd(32) : cell.padStart(at === 5 ? 20 : 10))).join('');
}
