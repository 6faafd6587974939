import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));

export interface Import {
  readonly from: string;
  /** Erased by the compiler. */
  readonly isType: boolean;
}

export interface Source {
  /** Path in the repository, with slashes, such as `server/process/read.ts`. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

/** The TypeScript sources of a room. */
export function readRoom(room: string): Source[] {
  return readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !/^(?:dist|node_modules)\//.test(file))
    .map((file) => {
      const text = readFileSync(join(root, room, file), 'utf8');
      return { path: `${room}/${file}`, text, imports: findImports(text) };
    });
}

/** A file of the repository as text. */
export function readText(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

function findImports(text: string): Import[] {
  const statements = [...text.matchAll(/^(?:import|export) (?<type>type )?(?<names>[^'";]*?from )?'(?<from>[^']+)';/gms)];
  const dynamic = [...text.matchAll(/(?<![.#\w])(?:import|require|require\.resolve)\(['`](?<from>[^'`$]+)/g)];
  return [
    ...statements.map(({ groups }) => ({
      from: groups?.['from'] ?? '',
      isType: groups?.['type'] !== undefined || isTypesOnly(groups?.['names'] ?? ''),
    })),
    ...dynamic.map(({ groups }) => ({ from: groups?.['from'] ?? '', isType: false })),
  ];
}

/** `{ type A, type B } from`. */
function isTypesOnly(names: string): boolean {
  const list = /\{(?<list>[^}]*)\}/s.exec(names)?.groups?.['list']?.split(',') ?? [];
  const named = list.map((name) => name.trim()).filter((name) => name !== '');
  return named.length > 0 && named.every((name) => name.startsWith('type '));
}

/** The package of an import: `ws`, `@exec-server/client`, `node:fs`; null for a file of the same room. */
export function packageOf(from: string): string | null {
  if (from.startsWith('.')) return null;
  if (from.startsWith('node:')) return 'node:';
  return from
    .split('/')
    .slice(0, from.startsWith('@') ? 2 : 1)
    .join('/');
}
