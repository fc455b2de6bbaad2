/**
 * The running agent, asked by its local API: what a person may who can open neither store nor boot control. It must
 * not know what is asked; an agent that is not there is an answer, not an error.
 */
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { AgentErrorCode, RequestVerb } from '../agent/index.ts';
import { type AgentRoom, agentRoom } from './session.ts';

export interface AgentReply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What says that nobody listens there, or not to us, or no more. */
const NOBODY: readonly string[] = [
  'ENOENT',
  'ECONNREFUSED',
  'EACCES',
  'EPERM',
  'ECONNRESET',
  'EPIPE',
  'ABORT_ERR',
];
/** A look is answered in milliseconds, ms. */
export const LOOK_WITHIN_MS = 3_000;
/** A deed waits 20 s for its answer in the agent, ms. */
const DEED_WITHIN_MS = 25_000;
/** How often an answer is asked for that did not come in time: below the limit of looks, ms. */
const LOOK_AGAIN_MS = 200;

/** Undefined: no agent listens at this socket, it ended in between, or it says nothing in time. */
export async function askAgent(
  socketPath: string,
  method: 'GET' | 'POST',
  path: string,
  withinMs: number = LOOK_WITHIN_MS,
): Promise<AgentReply | undefined> {
  try {
    return await ask(socketPath, method, path, AbortSignal.timeout(withinMs));
  } catch (error) {
    if (error instanceof Error && 'code' in error && NOBODY.includes(String(error.code))) return undefined;
    throw error;
  }
}

function ask(socketPath: string, method: string, path: string, signal: AbortSignal): Promise<AgentReply> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, method, path, signal, agent: false }, (response) => {
      text(response).then((body) => {
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(body) as AgentReply['body'] });
      }, reject);
    });
    asked.on('error', reject);
    asked.end();
  });
}

/** `left`: the agent took the request and ended before it answered; it stands in the store. */
export type AskedAgent = { readonly answer: string } | { readonly left: number | undefined };

/** Asks for a deed. Error: the AgentError that the agent answered. */
export async function askForDeed(socketPath: string, verb: RequestVerb): Promise<AskedAgent> {
  const room = await agentRoom();
  let reply = await askAgent(socketPath, 'POST', `/api/v1/${verb}`, DEED_WITHIN_MS);
  let left: number | undefined;
  while (reply?.status === 202) {
    left = Number(reply.body['request']);
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    reply = await askAgent(socketPath, 'GET', `/api/v1/requests/${left}`);
    const answer = reply?.body['answer'];
    if (typeof answer === 'string') return { answer: sentenceOf(room, answer) };
    if (reply?.status === 200) reply = { ...reply, status: 202 };
  }
  if (reply === undefined) return { left };
  const { answer, error, message } = reply.body;
  if (typeof answer === 'string') return { answer };
  throw errorOf(room, String(error), String(message));
}

/** Answers of walkers are `ok: sentence` or `CODE: sentence`; the latter are thrown. */
export function sentenceOf(room: AgentRoom, answer: string): string {
  const [, code = '', sentence = answer] = /^([A-Za-z_]+): (.*)$/s.exec(answer) ?? [];
  if (code === 'ok') return sentence;
  throw errorOf(room, code, sentence);
}

function errorOf(room: AgentRoom, code: string, message: string): Error {
  return new room.AgentError(code in room.ERROR_TABLE ? (code as AgentErrorCode) : 'NOTHING_TO_DO', message);
}
