import type { CommandReport } from './tool-answers.js';

/** A report without what differs from run to run: numbers of chunks and sessions, times. */
export function plain({ text }: CommandReport): string {
  return text.replace(/^Chunk ID: .*\nWall time: .*\n/, '').replace(/session ID \d+/, 'session ID …');
}

/** The report of a command that runs, as {@link plain} leaves it. @param output since the report before, whole */
export function running(output: string): string {
  return `Process running with session ID …\n${outputText(output)}`;
}

/** The report of a command that has ended, as {@link plain} leaves it. */
export function ended(exitCode: number, output: string): string {
  return `Process exited with code ${exitCode}\n${outputText(output)}`;
}

/** A token is taken to be 4 bytes. */
function outputText(output: string): string {
  return `Original token count: ${Math.ceil(output.length / 4)}\nOutput:\n${output}`;
}
