/** A table of a TOML file: whole numbers as bigint, others as number, dates as the parser's own. */
export type TomlTable = { readonly [key: string]: unknown };

/** The part of the parser that is used; loaded with the first file. */
const load = () => import('smol-toml');

/** @throws Error with the place of the fault in its message */
export async function parseToml(text: string): Promise<TomlTable> {
  const { parse, TomlError } = await load();
  try {
    return parse(text, { integersAsBigInt: true });
  } catch (error) {
    if (error instanceof TomlError) throw new Error(`${error.line}:${error.column}: ${firstLine(error.message)}`, { cause: error });
    throw error;
  }
}

export async function writeToml(table: TomlTable): Promise<string> {
  const { stringify } = await load();
  // What was 1.0 stays so.
  return stringify(table, { numbersAsFloat: true });
}

export function isTable(value: unknown): value is TomlTable {
  return typeof value === 'object' && value !== null && !(value instanceof Date) && !Array.isArray(value);
}

/**
 * Only what the paths of keys lead to, with the tables on the way there; null when they lead to nothing. A path that goes on
 * behind a value leads to the value (base).
 */
export function selectPaths(table: TomlTable, paths: readonly (readonly string[])[]): TomlTable | null {
  const keys = new Set(paths.map(([key = '']) => key).filter((key) => Object.hasOwn(table, key)));
  if (keys.size === 0) return null;
  return Object.fromEntries(
    [...keys].map((key) => {
      const value = table[key];
      const rests = paths.filter(([first]) => first === key).map((path) => path.slice(1));
      const isWhole = !isTable(value) || rests.some((rest) => rest.length === 0);
      return [key, isWhole ? value : (selectPaths(value, rests) ?? {})];
    }),
  );
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text;
}
