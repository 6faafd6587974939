import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { suite as uvuSuite } from 'uvu';

/** What a test gets: aborts when its time is up. */
export interface TestContext {
  readonly signal: AbortSignal;
}

export interface TestOptions {
  /** Longest time the test may take, in milliseconds; 20 000 by default. */
  readonly timeoutMs?: number;
  /** Why the test cannot run here; null when it can. Skipped tests are counted and shown. */
  readonly skip?: string | null;
  /** Processes and descriptors are compared before and after unless this is false. */
  readonly checkLeaks?: boolean;
}

export type TestBody = (context: TestContext) => void | Promise<void>;
export type Test = (title: string, body: TestBody, options?: TestOptions) => void;

const defaultTimeoutMs = 20_000;
/** What is being closed when a test ends gets this long to be gone. */
const settleMs = 3_000;

/**
 * The tests of one file, by `uvu`, without its false greens: every test has a deadline, what is thrown is an error,
 * and the file runs without anybody having to remember it. There is no `only`.
 */
export function suite(name: string): Test {
  const tests = uvuSuite(name);
  let hasRun = false;
  setImmediate(() => {
    hasRun = true;
    tests.run();
  });
  return (title, body, { timeoutMs = defaultTimeoutMs, skip = null, checkLeaks = true } = {}) => {
    if (hasRun) throw new Error(`"${title}" was registered too late to run: register tests before the first await`);
    if (skip !== null) {
      tests.skip(`${title} (${skip})`, () => undefined);
      return;
    }
    tests(title, async () => {
      const before = checkLeaks ? takeInventory() : null;
      await runWithDeadline(body, timeoutMs, `"${title}"`);
      if (before) await compareInventory(before);
    });
  };
}

async function runWithDeadline(body: TestBody, timeoutMs: number, what: string): Promise<void> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new Error(`${what} took longer than ${timeoutMs} ms`);
      controller.abort(error);
      reject(error);
    }, timeoutMs);
  });
  try {
    await Promise.race([Promise.resolve({ signal: controller.signal }).then(body), late]);
  } catch (error) {
    throw error instanceof Error ? error : new Error(`something that is no error was thrown: ${String(error)}`);
  } finally {
    clearTimeout(timer);
  }
}

/** What this process holds of the system. */
interface Inventory {
  readonly children: readonly string[];
  readonly descriptors: readonly string[];
}

function takeInventory(): Inventory {
  return { children: listChildren(), descriptors: listDescriptors() };
}

/** Names of live and dead children. */
function listChildren(): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc/self/task').flatMap((task) => {
    const pids = readFileSync(`/proc/self/task/${task}/children`, 'utf8').trim();
    return pids === '' ? [] : pids.split(' ');
  });
}

/** Sockets, pipes and terminals; other files are opened by whoever loads modules. */
function listDescriptors(): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${descriptor}`);
      return /^(?:socket|pipe):|exec-server-pipes|\/dev\/p/.test(target) ? [`${descriptor}=${target}`] : [];
    } catch {
      return []; // the descriptor the listing itself used
    }
  });
}

async function compareInventory(before: Inventory): Promise<void> {
  for (const deadline = Date.now() + settleMs; ;) {
    const after = takeInventory();
    const left = [
      ...after.children.filter((child) => !before.children.includes(child)).map((child) => `child ${child}`),
      ...after.descriptors.filter((descriptor) => !before.descriptors.includes(descriptor)).map((descriptor) => `descriptor ${descriptor}`),
    ];
    if (left.length === 0) return;
    if (Date.now() > deadline) throw new Error(`left over after the test: ${left.join(', ')}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
