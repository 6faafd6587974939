import { parse, TomlError } from 'smol-toml';
import { McpConfigError } from '../errors.js';

/**
 * The data in a configuration: TOML in a file whose name ends so, JSON in any other.
 * @throws McpConfigError naming the file and the line
 */
export function parseConfigText(text: string, file: string): unknown {
  try {
    return /\.toml$/i.test(file) ? parse(text) : JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    // What the parsers say quotes the file, which may hold secrets.
    if (!(error instanceof TomlError)) throw new McpConfigError(`it is no JSON${placeOf((error as Error).message)}`, { file });
    const [reason = ''] = error.message.split('\n', 1);
    throw new McpConfigError(`line ${error.line}, column ${error.column}: ${reason}`, { file });
  }
}

function placeOf(message: string): string {
  const position = /at position \d+/.exec(message);
  return position ? ` (${position[0]})` : '';
}
