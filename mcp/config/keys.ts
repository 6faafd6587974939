/** Other words for a key, as they stand in files for other programs. */
const synonyms: Readonly<Record<string, string>> = {
  http_headers: 'headers',
  experimental_environment: 'environment',
  environment_id: 'environment',
};

/** What is wrong with a key; the key may be a path, with dots. */
export class KeyError extends Error {
  override readonly name = 'KeyError';
  readonly key: string;

  constructor(key: string, message: string) {
    super(message);
    this.key = key;
  }
}

/** A table with keys in the one form the schemas know: snake_case, without synonyms. Keys that are not known stay. */
export interface UnifiedTable {
  readonly table: Readonly<Record<string, unknown>>;
  /** How a key is written in the file; the key may be a path. */
  toWritten(key: string): string;
}

/** @throws KeyError for two forms of one key */
export function unifyKeys(written: Readonly<Record<string, unknown>>): UnifiedTable {
  const forms = new Map<string, string>();
  const entries = Object.entries(written).map(([key, value]): [string, unknown] => {
    const unified = unifyKey(key);
    const other = forms.get(unified);
    if (other !== undefined) throw new KeyError(key, `it says the same as ${JSON.stringify(other)}: leave one of them out`);
    forms.set(unified, key);
    return [unified, value];
  });
  const toWritten = (key: string): string => {
    const [first = '', ...rest] = key.split('.');
    return [forms.get(first) ?? first, ...rest].join('.');
  };
  return { table: Object.fromEntries(entries), toWritten };
}

/** `envVars` and `env_vars` are one key, `env_Vars` is none. */
function unifyKey(key: string): string {
  const isCamel = /^[a-z][a-z0-9]*(?:[A-Z][a-z0-9]*)+$/.test(key);
  const snake = isCamel ? key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) : key;
  return synonyms[snake] ?? snake;
}
