import { linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describeTree } from '../harness/files-on-server.js';
import { makePipe, Scratch } from '../harness/scratch.js';
import { WireClient } from '../harness/wire-client.js';

/** Something done between requests: what the path of a name is, is known to it. */
export type Act = (path: (name: string) => string) => void;
/** A request; in its params `~/x` stands for the URI of `x` in the tree. */
export type Step = readonly [method: string, params: unknown] | Act;

/** What one server says to all steps, line by line, and what the tree is like in the end. */
export async function account(url: string, steps: readonly Step[]): Promise<string[]> {
  using scratch = new Scratch();
  const path = (name: string): string => join(scratch.path, name);
  grow(path);
  await using client = await WireClient.open(url);
  await client.handshake();
  const lines: string[] = [];
  const add = (line: string): void => void lines.push(line.replaceAll(scratch.path, 'ROOT'));
  for (const step of steps) {
    if (typeof step === 'function') {
      step(path);
      continue;
    }
    const [method, params] = step;
    const { result, error } = await client.request(method, toUris(params, `file://${scratch.path}/`));
    const answer = error
      ? `${error.code} ${error.message.replace(/ \(`[\w.[\]]+`\)$/, '').replace(/^(invalid number).*/, '$1')}`
      : inspect(order(result), { breakLength: Infinity, depth: 9, maxArrayLength: null });
    add(`${method} ${JSON.stringify(params)} => ${answer}`);
  }
  for (const line of describeTree(scratch.path)) add(line);
  return lines;
}

/** The tree every account begins with. */
export function grow(path: (name: string) => string): void {
  for (const name of ['d/e', 'd/.h', 'empty', 'dst/d', 'walk/a/b/c', 'walk/.h/x', 'walk/z']) mkdirSync(path(name), { recursive: true });
  for (const [name, mode] of [
    ['f', 0o640],
    ['g', 0o600],
    ['d/e/x', 0o755],
    ['ü %', 0o644],
    ['walk/a/f', 0o644],
    ['walk/a/b/g', 0o644],
    ['walk/a/b/c/h', 0o644],
    ['walk/B', 0o644],
    ['walk/.h/i', 0o644],
  ] as const)
    writeFileSync(path(name), `content of ${name}`, { mode });
  const links = [
    ['f', 'l'],
    ['none', 'dangling'],
    ['loop', 'loop'],
    ['d', 'ld'],
    ['../f', 'd/lf'],
    ['none', 'd/ln'],
    ['a', 'walk/la'],
    ['../a', 'walk/a/self'],
    ['B', 'walk/lB'],
    ['none', 'walk/ln'],
  ] as const;
  for (const [target, name] of links) symlinkSync(target, path(name));
  for (const name of ['pipe', 'd/pipe', 'walk/z/pipe']) makePipe(path(name));
  linkSync(path('f'), path('hard'));
}

function toUris(value: unknown, root: string): unknown {
  if (typeof value === 'string') return value.startsWith('~/') ? root + value.slice(2) : value;
  if (Array.isArray(value)) return value.map((item) => toUris(item, root));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, toUris(member, root)]));
}

/** Members in one order, times left out, and lists without an order sorted. */
function order(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(order);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([name, member]): [string, unknown] => {
    if (name.endsWith('AtMs')) return [name, typeof member];
    if (name === 'entries' && Array.isArray(member) && member.every((entry: object) => 'fileName' in entry))
      return [name, member.map(order).toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))];
    return [name, order(member)];
  });
  return Object.fromEntries(members.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
