import type { Command } from 'commander';

/** Every command, by its first word, in the order of the help. They are loaded by name: a server does not wait for what clients need. */
export const loaders: Readonly<Record<string, (program: Command) => Promise<void>>> = {
  serve: async (program) => (await import('./serve.js')).registerServe(program),
  exec: async (program) => (await import('./exec.js')).registerExec(program),
  ps: async (program) => (await import('./ps.js')).registerPs(program),
  attach: async (program) => (await import('./attach.js')).registerAttach(program),
  kill: async (program) => (await import('./kill.js')).registerKill(program),
  fetch: async (program) => (await import('./fetch.js')).registerFetch(program),
  cp: async (program) => (await import('./cp.js')).registerCp(program),
  ls: async (program) => (await import('./ls.js')).registerLs(program),
  cat: async (program) => (await import('./cat.js')).registerCat(program),
  mcp: async (program) => (await import('./mcp.js')).registerMcp(program),
};

/** Names of the commands that a command line may mean: all of them when its first word is none, or when it asks for help anywhere. */
export function commandsToLoad(words: readonly string[]): string[] {
  const [word = '--listen'] = words;
  if (Object.hasOwn(loaders, word)) return [word];
  const isAboutAll = !word.startsWith('-') || words.some((asked) => aboutAll.has(asked));
  return isAboutAll ? Object.keys(loaders) : ['serve'];
}

const aboutAll: ReadonlySet<string> = new Set(['-h', '--help', '-V', '--version', '--']);
