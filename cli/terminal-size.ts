/** The size of the terminal we write to; null when there is none, or when it does not know its size. */
export function localTerminalSize(): { readonly rows: number; readonly cols: number } | null {
  const { isTTY, rows, columns: cols } = process.stdout;
  return isTTY && rows > 0 && cols > 0 ? { rows, cols } : null;
}
