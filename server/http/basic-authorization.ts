/** The value of `authorization` that the credentials of a URL stand for; null when it has none. */
export function basicAuthorization({ username, password }: URL): string | null {
  if (username === '' && password === '') return null;
  const credentials = Buffer.concat([decodePercent(username), Buffer.from(':'), decodePercent(password)]);
  return `Basic ${credentials.toString('base64')}`;
}

/** Bytes; what is no escape stands for itself. A URL has no characters beyond ASCII. */
function decodePercent(text: string): Buffer {
  return Buffer.from(
    text.replace(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16))),
    'latin1',
  );
}
