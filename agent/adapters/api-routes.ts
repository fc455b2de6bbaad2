/**
 * The routes of the local API as a table: method, path, who may, what is asked, what is answered. It knows the
 * device and its store, nothing of sockets; the OpenAPI document (api-document.ts) has the same routes.
 */
import * as v from 'valibot';
import { AgentError, type AgentErrorCode, ERROR_TABLE } from '../errors.ts';
import type { RequestVerb } from '../model/walk-request.ts';
import { API_DOCUMENT } from './api-document.ts';
import { type ApiParts, type LeftWish, leaveWish } from './api-wish.ts';
import { deviceStatus, slotStatuses, withoutEnvelope } from './device-status.ts';
import { historyOf, MOST_HISTORY } from './history.ts';
import { METRICS_TYPE } from './metrics.ts';

/** To look changes nothing; to act leaves a request in the store. */
export type May = 'look' | 'act';

/** JSON, or text that a reader of another format wants; an error is always JSON. */
export type ApiAnswer =
  | { readonly status: number; readonly body: unknown }
  | { readonly status: number; readonly text: string; readonly type: string };

export interface Route {
  readonly method: 'GET' | 'POST';
  /** A segment in braces is a parameter. */
  readonly path: string;
  readonly may: May;
  /** Of query and path parameters together; strict: what nobody knows is refused. */
  readonly input: v.GenericSchema;
  /** `input` has passed its schema. Errors: AgentError, which STATUS_OF makes a status. */
  readonly answer: (parts: ApiParts, input: unknown, signal: AbortSignal) => Promise<ApiAnswer>;
}

/** The type of the input follows from the schema. */
function route<S extends v.GenericSchema>(
  method: Route['method'],
  path: string,
  may: May,
  input: S,
  answer: (parts: ApiParts, input: v.InferOutput<S>, signal: AbortSignal) => Promise<ApiAnswer>,
): Route {
  return {
    method,
    path,
    may,
    input,
    answer: (parts, given, signal) => answer(parts, given as v.InferOutput<S>, signal),
  };
}

const NOTHING = v.strictObject({});
/** As semver has it; what is longer than a manifest permits names no release. */
const VERSION = v.pipe(v.string(), v.regex(/^[0-9A-Za-z.+-]{1,64}$/, 'is no version'));
const number = (least: number, most: number) =>
  v.pipe(
    v.string(),
    v.regex(/^[0-9]{1,15}$/, 'is no number'),
    v.transform(Number),
    v.minValue(least, `is less than ${least}`),
    v.maxValue(most, `is more than ${most}`),
  );

const ok = (body: unknown): ApiAnswer => ({ status: 200, body });

/** Beside upgrade all wishes are alike. */
function wish(verb: RequestVerb, argument: (parts: ApiParts) => string): Route {
  return route('POST', `/api/v1/${verb}`, 'act', NOTHING, async (parts, _input, signal) =>
    wishAnswer(await leaveWish(parts, verb, argument(parts), signal)),
  );
}

const bootedNow = ({ device }: ApiParts): string => device.booted;

export const ROUTES: readonly Route[] = [
  route('GET', '/api/v1/status', 'look', NOTHING, async ({ device, run, walker }) =>
    ok(await deviceStatus(device, run, { walker: walker(), event: device.reporter.last })),
  ),
  route(
    'GET',
    '/api/v1/history',
    'look',
    v.strictObject({ limit: v.optional(number(1, MOST_HISTORY)) }),
    async ({ device }, { limit }) => ok(await historyOf(device, limit ?? MOST_HISTORY)),
  ),
  route('GET', '/api/v1/slots', 'look', NOTHING, async ({ device }) =>
    ok({ slots: await slotStatuses(device) }),
  ),
  route('GET', '/api/v1/mcu', 'look', NOTHING, async ({ device, mcu }) => {
    if (device.mcu === undefined)
      throw new AgentError('API_NOT_FOUND', 'This product has no MCU configured.');
    const heard = mcu();
    const heardAt = heard?.heardAt;
    const conditions = device.reporter.last.conditions ?? [];
    const ago = heardAt === undefined ? null : Math.round(performance.now() - heardAt);
    return ok({
      version: heard?.version ?? null,
      status: heard?.status ?? null,
      heardMsAgo: ago,
      conditions,
    });
  }),
  route(
    'GET',
    '/api/v1/requests/{id}',
    'look',
    v.strictObject({ id: number(1, Number.MAX_SAFE_INTEGER) }),
    async ({ device }, { id }) => {
      const request = device.store.request(id);
      if (request === undefined) throw new AgentError('API_NOT_FOUND', `No request ${id} is kept.`);
      return ok({ request: id, verb: request.verb, answer: request.answer ?? null });
    },
  ),
  route('GET', '/metrics', 'look', NOTHING, async ({ metrics }) => ({
    status: 200,
    text: await metrics(),
    type: METRICS_TYPE,
  })),
  route('GET', '/api/v1/diag', 'act', NOTHING, async ({ evidence }) => {
    const { parts, missing } = await evidence();
    return ok({
      parts: parts.map(({ name, bytes }) => ({ name, text: Buffer.from(bytes).toString('utf8') })),
      missing,
    });
  }),
  route('GET', '/api/v1/openapi.json', 'look', NOTHING, async () => ok(API_DOCUMENT)),
  route('POST', '/api/v1/upgrade', 'act', v.strictObject({ version: v.optional(VERSION) }), upgrade),
  wish('pause', () => ''),
  wish('resume', () => ''),
  wish('cancel', bootedNow),
  wish('confirm', bootedNow),
  wish('rollback', bootedNow),
];

/** 202: the update is under way, or the request waits. Errors: UPDATE_RUNS; NOT_OFFERED; those of the offer. */
async function upgrade(
  parts: ApiParts,
  { version }: { readonly version?: string | undefined },
  signal: AbortSignal,
): Promise<ApiAnswer> {
  const { device } = parts;
  const row = device.store.deployment();
  if (row !== undefined && parts.walks()) {
    throw new AgentError('UPDATE_RUNS', `Release ${row.version} is on its way.`, {
      facts: { deployment: row.id, version: row.version },
    });
  }
  const argument = version === undefined ? device.booted : `${device.booted} ${version}`;
  const left = await leaveWish(parts, 'upgrade', argument, signal);
  const answer = left.answer === undefined ? null : sentenceOf(left.answer);
  const opened = device.store.deployment();
  return {
    status: 202,
    body: {
      request: left.request,
      answer,
      deployment: opened === undefined ? null : withoutEnvelope(opened),
    },
  };
}

function wishAnswer({ request, answer }: LeftWish): ApiAnswer {
  if (answer === undefined) return { status: 202, body: { request, answer: null } };
  return ok({ request, answer: sentenceOf(answer) });
}

/** Answers are `ok: sentence` or `CODE: sentence`; the latter are thrown. */
export function sentenceOf(answer: string): string {
  const [, code = '', sentence = answer] = /^([A-Za-z_]+): (.*)$/s.exec(answer) ?? [];
  if (code === 'ok') return sentence;
  throw new AgentError(
    Object.hasOwn(ERROR_TABLE, code) ? (code as AgentErrorCode) : 'NOTHING_TO_DO',
    sentence,
  );
}

/** What is not named here is 503 where the policy is to wait or to call somebody, and 409 else. */
const STATUS_OF: Partial<Record<AgentErrorCode, number>> = {
  API_REQUEST_INVALID: 400,
  API_FORBIDDEN: 403,
  API_NOT_FOUND: 404,
  NOT_OFFERED: 404,
  UPDATE_RUNS: 409,
  API_TOO_MUCH: 429,
};

export function statusOf({ code, policy }: AgentError): number {
  const waits = policy === 'wait' || policy === 'retry' || policy === 'operator';
  return STATUS_OF[code] ?? (waits ? 503 : 409);
}

/** The route of these segments, and its parameters. Error: API_NOT_FOUND; its fact `allow` when only the method is wrong. */
export function findRoute(
  method: string,
  segments: readonly string[],
): { readonly route: Route; readonly parameters: Readonly<Record<string, string>> } {
  const allow: string[] = [];
  for (const candidate of ROUTES) {
    const parameters = matched(candidate.path.split('/').slice(1), segments);
    if (parameters === undefined) continue;
    if (candidate.method === method) return { route: candidate, parameters };
    allow.push(candidate.method);
  }
  throw new AgentError(
    'API_NOT_FOUND',
    allow.length === 0 ? 'The local API has no such path.' : `This path takes ${allow.join(', ')}.`,
    allow.length === 0 ? {} : { facts: { allow: allow.join(', ') } },
  );
}

function matched(
  pattern: readonly string[],
  segments: readonly string[],
): Readonly<Record<string, string>> | undefined {
  if (pattern.length !== segments.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [at, part] of pattern.entries()) {
    const segment = segments[at] ?? '';
    if (part.startsWith('{')) parameters[part.slice(1, -1)] = segment;
    else if (part !== segment) return undefined;
  }
  return parameters;
}
