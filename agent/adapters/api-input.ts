/**
 * What a request of the local API brings: its path and query, and its body if it has one. Everything is limited and
 * judged by schema before anybody acts on it. It must not know what a route does.
 */
import type { IncomingMessage } from 'node:http';
import * as v from 'valibot';
import { AgentError } from '../errors.ts';

/** No request has more to say than an empty object. */
export const MOST_BODY_BYTES = 1024;
/** The longest one is the path of a request with a version, bytes. */
const MOST_TARGET_BYTES = 512;

/** Path segments, and query and path parameters together. */
export interface Target {
  readonly segments: readonly string[];
  readonly query: Readonly<Record<string, string>>;
}

/** Error: API_REQUEST_INVALID. */
export function parseTarget(raw: string): Target {
  if (raw.length > MOST_TARGET_BYTES || !/^\/[\x21-\x7e]*$/.test(raw)) throw invalid('the target is no path');
  const [path = '', search = '', ...more] = raw.split('?');
  if (more.length > 0) throw invalid('there are two queries');
  const query: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(search)) {
    if (Object.hasOwn(query, name)) throw invalid(`${JSON.stringify(name)} is given twice`);
    // Not by assignment: a parameter may be called __proto__.
    Object.defineProperty(query, name, { value, enumerable: true });
  }
  return { segments: path.split('/').slice(1), query };
}

/** Error: API_REQUEST_INVALID, naming the first thing that is wrong. */
export function judged<S extends v.GenericSchema>(schema: S, value: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const where = issue.path?.map(({ key }) => String(key)).join('.') ?? '';
  throw invalid(`${where === '' ? '' : `${where}: `}${issue.message}`.slice(0, 200));
}

const NOTHING = v.pipe(
  v.custom<object>((value) => !Array.isArray(value), 'is a list'),
  v.strictObject({}),
);

/** Reads the body, which is empty or `{}`. Error: API_REQUEST_INVALID. */
export async function requireNoBody(request: IncomingMessage): Promise<void> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request) {
    bytes += piece.length;
    if (bytes > MOST_BODY_BYTES) {
      throw invalid(`a body has at most ${MOST_BODY_BYTES} bytes`);
    }
    pieces.push(piece);
  }
  if (bytes === 0) return;
  judged(NOTHING, parsed(Buffer.concat(pieces).toString('utf8')));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AgentError('API_REQUEST_INVALID', 'The body is no JSON.', { cause });
  }
}

function invalid(what: string): AgentError {
  return new AgentError('API_REQUEST_INVALID', `The request is not understood: ${what}.`);
}
