import type { CommandReport, ToolAnswers } from './tool-answers.js';

/** Something a model says: a message, or the call of a tool. */
export interface ModelItem {
  readonly type: string;
  readonly [member: string]: unknown;
}

/** Says something, is told what came of it, and goes on. What it yields first answers the user. */
export type ModelScript = AsyncGenerator<readonly ModelItem[], void, ToolAnswers>;

/** Part of a script that comes to a result. */
export type ScriptPart<Result> = AsyncGenerator<readonly ModelItem[], Result, ToolAnswers>;

export function say(text: string): ModelItem {
  return { type: 'message', role: 'assistant', id: 'said', content: [{ type: 'output_text', text }] };
}

let calls = 0;

export function call(name: string, args: Readonly<Record<string, unknown>>, callId = `call-${++calls}`): ModelItem {
  return { type: 'function_call', call_id: callId, name, arguments: JSON.stringify(args) };
}

/** The call of a tool of an MCP server that is configured by that name. */
export function callMcp(server: string, tool: string, args: Readonly<Record<string, unknown>> = {}): ModelItem {
  return { ...call(tool, args), namespace: `mcp__${server}` };
}

/** Applies a patch, given as its lines without the first and the last. The client does that itself, with `fs/*`. */
export function applyPatch(...lines: readonly string[]): ModelItem {
  return call('exec_command', { cmd: ["apply_patch <<'END'", '*** Begin Patch', ...lines, '*** End Patch', 'END'].join('\n') });
}

/** How long the model waits for news of a running command, each time, in milliseconds: the least the client allows. */
const pollMs = 5_000;

/**
 * Runs a command and waits until it has ended; returns all the model was told, in order.
 * @param yieldMs the model is told how a command stands that has not ended by then
 */
export async function* runToEnd(command: string, yieldMs = 10_000): ScriptPart<CommandReport[]> {
  const reports: CommandReport[] = [];
  let answers = yield [call('exec_command', { cmd: command, yield_time_ms: yieldMs })];
  for (;;) {
    const report = answers.command();
    reports.push(report);
    if (report.sessionId === null) return reports;
    answers = yield [call('write_stdin', { session_id: report.sessionId, chars: '', yield_time_ms: pollMs })];
  }
}
