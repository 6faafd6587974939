import { RpcError } from '@exec-server/protocol';

/** The error a promise rejects with, which has to be of the given class. @throws Error when it resolves, or with another error */
export async function failure<Failure extends Error>(
  promise: Promise<unknown>,
  type: abstract new (...args: never[]) => Failure,
): Promise<Failure> {
  let result: unknown;
  try {
    result = await promise;
  } catch (error) {
    if (error instanceof type) return error;
    throw new Error(`expected a ${type.name}, got ${String(error)}`, { cause: error });
  }
  throw new Error(`expected a ${type.name}, but it resolved with ${JSON.stringify(result)}`);
}

/** Code and words of the refusal a call throws, as one text. @throws Error when it throws none */
export function refusalOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof RpcError) return `${error.code} ${error.message}`;
    throw error;
  }
  throw new Error('expected a refusal');
}
