import { KeyError } from './keys.js';

type Table = Readonly<Record<string, unknown>>;

/**
 * A table with `${NAME}` replaced by variables, in every text within its values.
 * @throws KeyError for a variable that is not set
 */
export function expandEnv(table: Table, variables: Readonly<Record<string, string | undefined>>): Table {
  return Object.fromEntries(Object.entries(table).map(([key, value]) => [key, expand(value, key, variables)]));
}

function expand(value: unknown, key: string, variables: Readonly<Record<string, string | undefined>>): unknown {
  if (typeof value === 'string') {
    return value.replaceAll(/\$\{(?<name>[A-Za-z_][A-Za-z0-9_]*)\}/g, (_, name: string) => {
      const replacement = variables[name];
      if (replacement === undefined) throw new KeyError(key, `the variable ${name} is not set`);
      return replacement;
    });
  }
  if (Array.isArray(value)) return value.map((entry, at) => expand(entry, `${key}.${at}`, variables));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, expand(entry, `${key}.${name}`, variables)]));
}
