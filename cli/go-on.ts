/**
 * The question before a deed that a person should not slip into: asked on a terminal only, so that a script is never
 * kept waiting, and answered beforehand by --yes. It must not know what the deed is.
 */
import { createInterface } from 'node:readline/promises';

/** Both ends have to be a person's: an answer that is piped in was given to another question. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

export const YES = ['--yes', 'do not ask on a terminal'] as const;

/** The person said no, or nothing. */
export class NotWantedError extends Error {
  readonly code = 'NOT_WANTED';

  constructor() {
    super('Nothing was done.');
    this.name = 'NotWantedError';
  }
}

/** Returns when the deed is wanted. `deed` is a sentence. Error: NOT_WANTED. */
export async function goOn(
  deed: string,
  options: { readonly yes?: true; readonly json?: true },
  { input, output }: Terminal = { input: process.stdin, output: process.stderr },
): Promise<void> {
  const asks = options.yes !== true && options.json !== true;
  if (!(asks && input.isTTY === true && output.isTTY === true)) return;
  const lines = createInterface({ input, output });
  const ended = new AbortController();
  // Ctrl-C and the end of the input leave a question without an answer.
  lines.on('SIGINT', () => lines.close()).on('close', () => ended.abort());
  try {
    const answer = await lines.question(`${deed} Go on? [y/N] `, { signal: ended.signal });
    if (/^y(es)?$/i.test(answer.trim())) return;
  } catch (error) {
    if (!ended.signal.aborted) throw error;
  } finally {
    lines.close();
  }
  throw new NotWantedError();
}
