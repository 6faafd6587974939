import type { Listed } from './listing.js';

/** Columns between two names. */
const gap = 2;

/** Names in columns, in order downwards, as narrow as they fit into so many columns. */
export function toColumns(names: readonly string[], columns: number): readonly string[] {
  const widths = names.map(widthOf);
  const area = widths.reduce((sum, width) => sum + width + gap, 0);
  for (let rows = Math.max(1, Math.floor(area / (columns + gap))); rows < names.length; rows++) {
    const columnWidths = columnsOf(widths, rows);
    const total = columnWidths.reduce((sum, width) => sum + width + gap, -gap);
    if (total > columns) continue;
    return Array.from({ length: rows }, (_, row) =>
      columnWidths
        .flatMap((width, column) => {
          const name = names[column * rows + row];
          return name === undefined ? [] : [name + ' '.repeat(Math.max(0, width - widthOf(name)))];
        })
        .join(' '.repeat(gap))
        .trimEnd(),
    );
  }
  return names;
}

/** Kind, size, time and name of each, the sizes right-aligned. */
export function toLongLines(entries: readonly Listed[], toName: (name: string) => string): readonly string[] {
  const sizes = entries.map(({ size }) => (size === null ? '?' : String(size)));
  const width = mostOf(sizes.map(({ length }) => length));
  return entries.map(
    (entry, index) => `${kindLetter(entry)}  ${(sizes[index] ?? '').padStart(width)}  ${timeOf(entry)}  ${toName(entry.name)}`,
  );
}

function columnsOf(widths: readonly number[], rows: number): readonly number[] {
  const columns = Math.ceil(widths.length / rows);
  return Array.from({ length: columns }, (_, column) => mostOf(widths.slice(column * rows, (column + 1) * rows)));
}

/** The largest, of however many; 0 of none. */
function mostOf(numbers: readonly number[]): number {
  return numbers.reduce((most, number) => Math.max(most, number), 0);
}

function kindLetter({ kind, isLink }: Listed): string {
  if (isLink === true) return 'l';
  return kind === 'directory' ? 'd' : kind === 'file' ? '-' : '?';
}

/** In the zone of this machine, to the second. */
function timeOf({ modifiedAtMs }: Listed): string {
  if (modifiedAtMs === null) return '?'.padEnd(19);
  const date = new Date(modifiedAtMs - new Date(modifiedAtMs).getTimezoneOffset() * 60_000);
  return date.toISOString().slice(0, 19).replace('T', ' ');
}

/** Columns a name takes on a terminal, roughly: wide characters take two, marks none. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) {
    if (/\p{M}/u.test(character)) continue;
    width +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}/u.test(
        character,
      )
        ? 2
        : 1;
  }
  return width;
}
