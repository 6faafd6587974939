/**
 * A file name as it can be shown: what is not plain is quoted the way shells read it, so that no control character reaches
 * the terminal and the name can be copied from there.
 */
export function quoteName(name: string): string {
  if (/^[\w@%+=:,./~^-][\w@%+=:,./~^#-]*$/.test(name) || /^[\p{L}\p{N}\p{M}\w@%+=:,./~^-]+$/u.test(name)) return name;
  if (!/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(name)) return `'${name.replaceAll("'", String.raw`'\''`)}'`;
  return `$'${name.replace(/['\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, escape)}'`;
}

const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', "'": "\\'", '\\': '\\\\' };

function escape(character: string): string {
  return short[character] ?? [...new TextEncoder().encode(character)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
}
