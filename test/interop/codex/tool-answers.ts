type Content = readonly { readonly type: string; readonly text?: string; readonly image_url?: string }[];

/** An item of the conversation, as the client sends it to the model. */
export interface RequestItem {
  readonly type: string;
  readonly call_id?: string;
  readonly role?: string;
  readonly content?: Content;
  readonly output?: string | Content;
}

/** What the tools have answered to the last turn of the model. */
export class ToolAnswers {
  /** The whole conversation. */
  readonly conversation: readonly RequestItem[];
  readonly #outputs: readonly RequestItem[];

  constructor(conversation: readonly RequestItem[]) {
    this.conversation = conversation;
    const isOutput = ({ type }: RequestItem): boolean => type.endsWith('_output');
    const last = conversation.findLastIndex((item) => !isOutput(item) && item.role !== 'user' && item.role !== 'developer');
    this.#outputs = conversation.slice(last + 1).filter(isOutput);
  }

  /** Pictures among the answers, as data URLs. */
  get images(): string[] {
    return this.#outputs.flatMap(({ output }) =>
      (Array.isArray(output) ? (output as Content) : []).flatMap((part) => part.image_url ?? []),
    );
  }

  /** What was answered to a call, or to the only one. @throws Error when there is no such answer */
  text(callId?: string): string {
    const found = this.#outputs.filter(({ call_id }) => callId === undefined || call_id === callId);
    if (found.length !== 1) throw new Error(`${found.length} answers to ${callId ?? 'the call'}`);
    const { output = '' } = found[0] as RequestItem;
    return typeof output === 'string' ? output : output.map(({ text = '' }) => text).join('');
  }

  /** What was answered to a call of `exec_command` or `write_stdin`. */
  command(callId?: string): CommandReport {
    return readReport(this.text(callId));
  }
}

/** What the model is told of a command: how it stands, and what it has printed since the report before, shortened. */
export interface CommandReport {
  /** Null while it runs, and when it has failed otherwise. */
  readonly exitCode: number | null;
  /** To be named in `write_stdin` while it runs; null afterwards. */
  readonly sessionId: number | null;
  /** Length of the output before it was shortened, rounded up to 4. */
  readonly outputBytes: number;
  readonly text: string;
}

function readReport(text: string): CommandReport {
  const head = text.slice(0, text.indexOf('\nOutput:\n'));
  const number = (label: RegExp): number | null => {
    const found = label.exec(head)?.[1];
    return found === undefined ? null : Number(found);
  };
  return {
    exitCode: number(/^Process exited with code (-?\d+)$/m),
    sessionId: number(/^Process running with session ID (\d+)$/m),
    outputBytes: (number(/^Original token count: (\d+)$/m) ?? 0) * 4,
    text,
  };
}
