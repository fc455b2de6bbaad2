/**
 * The OpenAPI document of the local API, by hand: what a program that talks to the agent may rely on. A test compares
 * its paths, parameters and rights with the routes, both ways. It knows no code.
 */
import { AGENT_VERSION } from '../version.ts';

type Schema = Readonly<Record<string, unknown>>;

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  /** `look`: either socket; `act`: the socket of those who may act, or the port with its token. */
  readonly 'x-may': 'look' | 'act';
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: 'query' | 'path';
    readonly required: boolean;
    readonly schema: Schema;
    readonly description: string;
  }[];
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Schema }>>;
}

export interface ApiDocument {
  readonly openapi: '3.1.0';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly paths: Readonly<Record<string, { readonly get?: Operation; readonly post?: Operation }>>;
  readonly components: Schema;
}

const reference = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
const json = (schema: Schema): Schema => ({ 'application/json': { schema } });
const object = (properties: Schema): Schema => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
});
const list = (items: Schema): Schema => ({ type: 'array', items });
const text: Schema = { type: 'string' };
const whole: Schema = { type: 'integer' };
const orNull = (type: string): Schema => ({ type: [type, 'null'] });

const refusal = (description: string) => ({ description, content: json(reference('Error')) });
const LOOK_REFUSALS = {
  '400': refusal('API_REQUEST_INVALID: parameters or body are not understood'),
  '429': refusal('API_TOO_MUCH: too many requests at once'),
  '503': refusal('boot control or store cannot be read now'),
};
const ACT_REFUSALS = {
  ...LOOK_REFUSALS,
  '403': refusal('API_FORBIDDEN: this way in only shows, or the token is wrong'),
  '409': refusal('the request does not fit the present state; `error` is the code'),
  '503': refusal('the request cannot be kept or obeyed now; `error` is the code'),
};

function look(operationId: string, summary: string, schema: Schema): Operation {
  return {
    operationId,
    summary,
    'x-may': 'look',
    responses: { '200': { description: summary, content: json(schema) }, ...LOOK_REFUSALS },
  };
}

function wish(operationId: string, summary: string): { readonly post: Operation } {
  return {
    post: {
      operationId,
      summary,
      'x-may': 'act',
      responses: {
        '200': { description: 'obeyed; `answer` is a sentence', content: json(reference('Wish')) },
        '202': {
          description: 'kept; the answer is asked for by its number',
          content: json(reference('Wish')),
        },
        ...ACT_REFUSALS,
      },
    },
  };
}

export const API_DOCUMENT: ApiDocument = {
  openapi: '3.1.0',
  info: {
    title: 'Donabe local API',
    version: AGENT_VERSION,
    description:
      'HTTP/JSON on a Unix socket. GET /api/v1/events is a WebSocket of progress events (schema Progress); a newcomer gets the last one at once, and a listener that is too slow is dropped.',
  },
  paths: {
    '/api/v1/status': {
      get: look('status', 'slots, release, phase, deployment, last deployments', reference('Status')),
    },
    '/api/v1/history': {
      get: {
        ...look(
          'history',
          'past deployments, newest first, and the newest row that the vault remembers',
          object({ history: list(reference('Past')), head: orNull('object') }),
        ),
        parameters: [
          {
            name: 'limit',
            in: 'query',
            required: false,
            schema: { type: 'integer', minimum: 1, maximum: 100 },
            description: 'how many; all that are kept',
          },
        ],
      },
    },
    '/api/v1/slots': { get: look('slots', 'both slots', object({ slots: list(reference('Slot')) })) },
    '/api/v1/mcu': { get: mcu() },
    '/api/v1/requests/{id}': {
      get: {
        ...look(
          'request',
          'what became of a request',
          object({ request: whole, verb: text, answer: orNull('string') }),
        ),
        parameters: [
          {
            name: 'id',
            in: 'path',
            required: true,
            schema: { type: 'integer', minimum: 1 },
            description: 'the number that a 202 gave',
          },
        ],
        responses: {
          '200': { description: '`answer` is null while nobody has answered; else `ok: ...` or `CODE: ...`' },
          ...LOOK_REFUSALS,
          '404': refusal('API_NOT_FOUND: such a request is not kept'),
        },
      },
    },
    '/metrics': { get: metrics() },
    '/api/v1/diag': {
      get: {
        ...look(
          'diag',
          'what only the running agent can tell of a failure, redacted; it takes as long as a CPU profile',
          object({
            parts: list(object({ name: text, text })),
            missing: list(object({ name: text, reason: text })),
          }),
        ),
        'x-may': 'act',
      },
    },
    '/api/v1/openapi.json': { get: look('openapi', 'this document', { type: 'object' }) },
    '/api/v1/upgrade': {
      post: {
        operationId: 'upgrade',
        summary: 'install what the server offers; whoever asks consents to it, and ends a pause',
        'x-may': 'act',
        parameters: [
          {
            name: 'version',
            in: 'query',
            required: false,
            schema: { type: 'string', pattern: '^[0-9A-Za-z.+-]{1,64}$' },
            description: 'only this version',
          },
        ],
        responses: {
          '202': {
            description: 'on its way; `deployment` is null while none is open yet',
            content: json(object({ request: whole, answer: orNull('string'), deployment: orNull('object') })),
          },
          ...ACT_REFUSALS,
          '404': refusal('NOT_OFFERED: no server offers this'),
          '409': refusal('UPDATE_RUNS, or a refusal of the release; `error` is the code'),
        },
      },
    },
    '/api/v1/pause': wish('pause', 'no update begins or goes on until resume, over reboots'),
    '/api/v1/resume': wish('resume', 'ends a pause'),
    '/api/v1/cancel': wish('cancel', 'ends the update under way, also one that is active and not yet booted'),
    '/api/v1/confirm': wish('confirm', "ends a trial by mark good, without the vendor's health checks"),
    '/api/v1/rollback': wish('rollback', 'goes back to the other slot, if its seal holds'),
  },
  components: {
    schemas: {
      Error: object({ error: text, message: text, facts: { type: 'object' } }),
      Wish: object({ request: whole, answer: orNull('string') }),
      Bytes: object({ fetched: whole, reused: whole, written: whole, verified: whole }),
      Progress: {
        ...object({
          device_id: text,
          deployment: text,
          phase: text,
          stage: text,
          progress: whole,
          status: text,
        }),
        description: 'also reason, bytes, conditions, falls; agent/README.md says what they mean',
      },
      Slot: object({
        slot: { enum: ['a', 'b'] },
        version: text,
        booted: { type: 'boolean' },
        active: { type: 'boolean' },
        bootable: { type: 'boolean' },
        good: { type: 'boolean' },
        tries: whole,
      }),
      Past: {
        ...object({
          number: whole,
          id: text,
          identity: text,
          version: text,
          slot: text,
          outcome: text,
          code: text,
          reason: text,
        }),
        description:
          'also times, bytes, and `previous` and `digest`, which chain the rows; they are missing in a row that an older agent closed',
      },
      Status: object({
        device: text,
        version: text,
        slots: list(reference('Slot')),
        event: reference('Progress'),
        paused: { type: 'boolean' },
        conditions: list(text),
        history: list(reference('Past')),
        refused: list({ type: 'object' }),
      }),
    },
    securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'on the TCP port only' } },
  },
};

function metrics(): Operation {
  const operation = look('metrics', 'metrics for Prometheus; they begin anew with each start', text);
  const content = { 'text/plain': { schema: text } };
  return {
    ...operation,
    responses: { ...operation.responses, '200': { description: operation.summary, content } },
  };
}

function mcu(): Operation {
  const seen = { version: orNull('object'), status: orNull('object'), heardMsAgo: orNull('integer') };
  const operation = look(
    'mcu',
    'what the MCU said last; it is not asked',
    object({ ...seen, conditions: list(text) }),
  );
  return {
    ...operation,
    responses: { ...operation.responses, '404': refusal('API_NOT_FOUND: no MCU is configured') },
  };
}
