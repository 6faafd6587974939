import { constants } from 'node:os';

/** Two names of one number: the first is the usual one. */
const aliases = new Set(['SIGIOT', 'SIGPOLL', 'SIGUNUSED', 'SIGCLD']);

const names = new Map<number, NodeJS.Signals>();
for (const [name, number] of Object.entries(constants.signals)) {
  if (!aliases.has(name)) names.set(number, name as NodeJS.Signals);
}

/** `SIGKILL` for 9; `SIG34` for a number without a name. */
export function signalName(number: number): NodeJS.Signals {
  return names.get(number) ?? (`SIG${number}` as NodeJS.Signals);
}

/** 9 for `SIGKILL`. */
export function signalNumber(name: NodeJS.Signals): number {
  return constants.signals[name] ?? Number.parseInt(name.slice(3), 10);
}
