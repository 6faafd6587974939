import { createHash } from 'node:crypto';

/** What stands before and after the printed lines. */
const start = 'begin\n';
const end = 'the end\n';
const lineBytes = 100;
const linesAtOnce = 1_000;

export interface Printing {
  /** A command for a shell: prints something, waits a second, prints the bulk in even steps, and exits. */
  readonly command: string;
  readonly bytes: number;
  /** Of all it prints, no line of which is like another. */
  readonly sha256: string;
  readonly end: string;
}

/** @param megabytes of 1 000 000 bytes; whole tenths @param seconds how long the bulk takes */
export function printing(megabytes: number, seconds: number, exitCode: number): Printing {
  const steps = Math.round((megabytes * 1_000_000) / (lineBytes * linesAtOnce));
  const perl = [
    '$| = 1',
    'print "begin\\n"',
    'sleep 1',
    `for my $step (0 .. ${steps - 1}) {` +
      `my $text = ""; for my $line (0 .. ${linesAtOnce - 1}) { $text .= sprintf("%0${lineBytes - 1}d\\n", $step * ${linesAtOnce} + $line) }` +
      `syswrite(STDOUT, $text); select(undef, undef, undef, ${seconds / steps}) }`,
    'print "the end\\n"',
    `exit ${exitCode}`,
  ].join('; ');
  const hash = createHash('sha256').update(start);
  for (let line = 0; line < steps * linesAtOnce; line++) hash.update(`${String(line).padStart(lineBytes - 1, '0')}\n`);
  hash.update(end);
  return {
    command: `exec perl -e '${perl}'`,
    bytes: start.length + steps * linesAtOnce * lineBytes + end.length,
    sha256: hash.digest('hex'),
    end,
  };
}
