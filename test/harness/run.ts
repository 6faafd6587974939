import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import pLimit from 'p-limit';

/** Longest time of one file, in milliseconds. */
const fileTimeoutMs = 240_000;

const root = fileURLToPath(new URL('../../..', import.meta.url));
const testsRoot = fileURLToPath(new URL('..', import.meta.url));

interface Outcome {
  readonly file: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly seconds: number;
  /** Why the file is not green although no test failed; null when it is. */
  readonly fault: string | null;
  readonly output: string;
}

const args = process.argv.slice(2);
const filters = args.filter((arg) => !arg.startsWith('--'));
const wantsCoverage = args.includes('--coverage') || (filters.length === 0 && !args.includes('--no-coverage'));
const running = new Set<ChildProcess>();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    for (const child of running) killGroup(child);
    process.exit(1);
  });
}
process.exitCode = await main();

async function main(): Promise<number> {
  const files = findTests(testsRoot).filter((file) => filters.length === 0 || filters.some((filter) => nameOf(file).includes(filter)));
  const coverage = wantsCoverage ? mkdtempSync(join(tmpdir(), 'exec-server-coverage-')) : null;
  try {
    const limit = pLimit(availableParallelism() + 1); // most files wait more than they work
    const outcomes = await Promise.all(files.map((file) => limit(() => runFile(file, coverage))));
    const isCovered = coverage === null || (await reportCoverage(coverage));
    return summarize(outcomes, isCovered);
  } finally {
    if (coverage) rmSync(coverage, { recursive: true, force: true });
  }
}

function findTests(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.js'))
    .map((file) => join(folder, file))
    .toSorted();
}

function nameOf(file: string): string {
  return relative(testsRoot, file)
    .split(sep)
    .join('/')
    .replace(/\.test\.js$/, '');
}

/** Each file has a process and a process group of its own, so that nothing of it can outlive it. */
function runFile(file: string, coverage: string | null): Promise<Outcome> {
  return new Promise((resolve) => {
    const started = Date.now();
    const env = { ...process.env, FORCE_COLOR: '0', ...(coverage === null ? {} : { NODE_V8_COVERAGE: coverage }) };
    const child = spawn(process.execPath, ['--enable-source-maps', file], {
      cwd: root,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    let output = '';
    let isLate = false;
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    const timer = setTimeout(() => {
      isLate = true;
      killGroup(child);
    }, fileTimeoutMs);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      running.delete(child);
      killGroup(child);
      const counts = readSummaries(output);
      const fault = isLate ? `took longer than ${fileTimeoutMs} ms` : findFault(counts, code, signal);
      const outcome = { file: nameOf(file), ...counts, seconds: (Date.now() - started) / 1000, fault, output };
      print(outcome);
      resolve(outcome);
    });
  });
}

/** A green file has passed at least one test in every summary, has nothing left over and says so with its exit code. */
function findFault(counts: ReturnType<typeof readSummaries>, code: number | null, signal: string | null): string | null {
  if (signal !== null) return `ended by ${signal}`;
  if (counts.summaries === 0) return 'ran no tests';
  if (counts.hasEmptySummary) return 'has a suite without tests';
  return code === 0 || counts.failed > 0 ? null : `exit code ${code}`;
}

function add(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** `uvu` prints a block for every suite. */
function readSummaries(output: string) {
  const read = (name: string): number[] =>
    [...output.matchAll(new RegExp(`^ {2}${name}: +(\\d+)$`, 'gm'))].map((match) => Number(match[1]));
  const totals = read('Total');
  const passed = add(read('Passed'));
  const skipped = add(read('Skipped'));
  const failed = add(totals) - passed;
  const hasEmptySummary = totals.includes(0) && skipped === 0;
  return { summaries: totals.length, hasEmptySummary, passed, skipped, failed };
}

function print({ file, passed, failed, skipped, seconds, fault, output }: Outcome): void {
  const isGreen = failed === 0 && fault === null;
  const details = [`${passed} passed`, failed > 0 ? `${failed} failed` : '', skipped > 0 ? `${skipped} skipped` : '', fault ?? ''].filter(
    (text) => text !== '',
  );
  console.log(`${isGreen ? 'ok  ' : 'FAIL'} ${file} (${details.join(', ')}, ${seconds.toFixed(1)} s)`);
  if (!isGreen) console.log(output.replace(/^/gm, '     '));
}

function reportCoverage(directory: string): Promise<boolean> {
  const c8 = join(root, 'node_modules', 'c8', 'bin', 'c8.js');
  const child = spawn(process.execPath, [c8, 'report', '--temp-directory', directory, '--check-coverage'], { cwd: root, stdio: 'inherit' });
  return new Promise((resolve) => child.once('close', (code) => resolve(code === 0)));
}

function summarize(outcomes: readonly Outcome[], isCovered: boolean): number {
  const count = (key: 'passed' | 'failed' | 'skipped'): number => add(outcomes.map((outcome) => outcome[key]));
  const faults = outcomes.filter(({ fault, failed }) => fault !== null && failed === 0).length;
  const failed = count('failed') + faults + (isCovered ? 0 : 1);
  const isEmpty = count('passed') + failed === 0;
  if (!isCovered) console.log('coverage is below what it was: see .c8rc.json');
  if (isEmpty) console.log('no tests were run');
  console.log(`tests: ${count('passed')} passed, ${failed} failed, ${count('skipped')} skipped`);
  return failed === 0 && !isEmpty ? 0 : 1;
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // the group is gone, as it should be
  }
}
