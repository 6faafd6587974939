/** What went wrong, in the words cp would use: without the code, the call and the path that errors of files carry. */
export function describeFailure(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException;
  const isCoded = typeof code === 'string' && message.startsWith(`${code}: `);
  const words = isCoded ? message.slice(code.length + 2).replace(/, \w+(?: '.*)?$/s, '') : message;
  return words.charAt(0).toUpperCase() + words.slice(1);
}
