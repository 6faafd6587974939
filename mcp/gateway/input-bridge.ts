import { type Call, featureOf, findMissingCapability } from './call.js';
import type { Outcome } from './upstream/peer.js';
import { joinObject, kindOf, splitObject, stringOf } from './wire/json-text.js';
import { errorCodes, errorText } from './wire/message.js';

/** Rounds of questions for one call. */
const mostRounds = 16;

/**
 * A modern upstream does not ask its caller; it answers that it needs input, and is called again with it. For a caller
 * with a session this asks in the upstream's place, until there is a result.
 * @param send sends the call with further members of `params`
 */
export async function answerInputs(
  call: Call,
  first: Outcome,
  send: (members: Readonly<Record<string, string>>) => Promise<Outcome>,
): Promise<Outcome> {
  let outcome = first;
  for (let round = 0; 'result' in outcome && needsInput(outcome.result); round++) {
    if (round === mostRounds) return { error: errorText(errorCodes.serverError, `the upstream wants input more than ${mostRounds} times`) };
    const members = splitObject(outcome.result);
    const questions = members.get('inputRequests');
    const answers: [string, string][] = [];
    for (const [key, question] of questions === undefined || kindOf(questions) !== 'object' ? [] : splitObject(questions)) {
      const answer = await ask(call, question);
      if ('error' in answer) return answer;
      answers.push([key, answer.result]);
    }
    const state = members.get('requestState');
    outcome = await send({
      ...(answers.length > 0 ? { inputResponses: joinObject(answers) } : {}),
      ...(state === undefined ? {} : { requestState: state }),
    });
  }
  return outcome;
}

/** Whether a result says that input is needed first. @param result JSON text */
function needsInput(result: string): boolean {
  return (
    result.includes('input_required') && kindOf(result) === 'object' && stringOf(splitObject(result).get('resultType')) === 'input_required'
  );
}

async function ask(call: Call, question: string): Promise<Outcome> {
  const members = kindOf(question) === 'object' ? splitObject(question) : new Map<string, string>();
  const method = stringOf(members.get('method'));
  if (method === undefined) return { error: errorText(errorCodes.serverError, 'the upstream asks a question without a method') };
  const params = members.get('params') ?? null;
  const feature = featureOf(method);
  const isAble =
    feature !== null &&
    (params === null || kindOf(params) === 'object') &&
    findMissingCapability(call.caller.capabilities, feature, params) === null;
  if (feature === 'roots' && !isAble) return { result: '{"roots":[]}' };
  if (!isAble)
    return {
      error: errorText(errorCodes.methodNotFound, `the upstream needs ${method.slice(0, 128)}, which the client does not support`),
    };
  return call.ask(method, params, call.signal);
}
