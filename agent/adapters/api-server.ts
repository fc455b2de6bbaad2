/**
 * The local API over HTTP/1.1: doors (a socket to act, one to look, perhaps a port with a token), what each lets
 * through, and how an answer or an error is written. What is asked and answered stands in api-routes.ts.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { AgentError } from '../errors.ts';
import { Allowance } from '../model/allowance.ts';
import { EventStream } from './api-events.ts';
import { judged, parseTarget, requireNoBody } from './api-input.ts';
import { type ApiAnswer, findRoute, type May, statusOf } from './api-routes.ts';
import type { ApiParts } from './api-wish.ts';

export const EVENTS_PATH = '/api/v1/events';

/** A few displays, services and commands at a time; each costs some 10 KB. */
const MOST_CONNECTIONS = 32;
/** Far more than a method, a path and a token. */
const MOST_HEADER_BYTES = 8192;
/** A local peer has its request ready, ms. */
const HEADERS_WITHIN_MS = 5_000;
const REQUEST_WITHIN_MS = 10_000;
/**
 * How often Node looks for those that are late, ms: one may have as much longer. Each look wakes an idle agent; every
 * second at two doors was more than half of its processor time.
 */
const LATE_LOOK_MS = 5_000;
/** Longer than any answer takes: whoever is silent for this long is gone, ms. */
const SILENT_MS = 30_000;
/** Each look reads boot control and store. */
const LOOKS = { atOnce: 40, perSecond: 20 };
/** Each deed writes to flash, and may end the walk at hand: a person is slower. */
const DEEDS = { atOnce: 8, perSecond: 1 };

/** A way in. `token` undefined: the file mode of the socket decides. */
export interface Door {
  readonly may: May;
  readonly token: string | undefined;
}

/** One server behind each door, so that a flood at one does not close the other. */
export class ApiServer {
  readonly http: Server;
  readonly #parts: ApiParts;
  readonly #door: Door;
  readonly #events: EventStream;
  readonly #looks: Allowance;
  readonly #deeds: Allowance;
  readonly #closing = new AbortController();

  constructor(parts: ApiParts, door: Door) {
    this.#parts = parts;
    this.#door = door;
    this.#events = new EventStream(parts.device.reporter);
    const now = parts.clock.monotonic();
    this.#looks = new Allowance(LOOKS, now);
    this.#deeds = new Allowance(DEEDS, now);
    this.http = createServer({
      maxHeaderSize: MOST_HEADER_BYTES,
      headersTimeout: HEADERS_WITHIN_MS,
      requestTimeout: REQUEST_WITHIN_MS,
      connectionsCheckingInterval: LATE_LOOK_MS,
    });
    this.http.maxConnections = MOST_CONNECTIONS;
    this.http.timeout = SILENT_MS;
    this.http.on('request', (request, response) => void this.#serve(request, response));
    this.http.on('upgrade', (request, socket, head) => void this.#listen(request, socket, head));
  }

  /** Ends every connection; a wish that was left stands. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#events.close();
    const closed = new Promise<void>((resolve) => this.http.close(() => resolve()));
    this.http.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const signal = AbortSignal.any([gone.signal, this.#closing.signal]);
    const answer = await this.#answer(request, signal).catch((error: unknown) =>
      errorAnswer(error, this.#parts),
    );
    const { status } = answer;
    const { text, type } = written(answer);
    response.writeHead(status, {
      'content-type': type,
      'content-length': Buffer.byteLength(text),
      'cache-control': 'no-store',
      ...(status === 429 ? { 'retry-after': '1' } : {}),
      // What is left of a body that was too long is not read.
      ...(request.complete ? {} : { connection: 'close' }),
    });
    response.end(text);
  }

  async #answer(request: IncomingMessage, signal: AbortSignal): Promise<ApiAnswer> {
    this.#requireAllowance(this.#looks);
    this.#requireToken(request);
    const { segments, query } = parseTarget(request.url ?? '');
    const { route, parameters } = findRoute(request.method ?? '', segments);
    if (route.may === 'act') {
      if (this.#door.may !== 'act') {
        throw new AgentError(
          'API_FORBIDDEN',
          'This socket only shows; the other one is for those who may act.',
        );
      }
      this.#requireAllowance(this.#deeds);
    }
    await requireNoBody(request);
    return route.answer(this.#parts, judged(route.input, { ...query, ...parameters }), signal);
  }

  async #listen(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    try {
      this.#requireAllowance(this.#looks);
      this.#requireToken(request);
      if (request.url !== EVENTS_PATH) throw new AgentError('API_NOT_FOUND', `Events are at ${EVENTS_PATH}.`);
      if (this.#events.full) throw new AgentError('API_TOO_MUCH', 'There are too many listeners.');
      await this.#events.take(request, socket, head);
    } catch (error) {
      const answer = errorAnswer(error, this.#parts);
      const { text, type } = written(answer);
      socket.end(
        `HTTP/1.1 ${answer.status} Refused\r\ncontent-type: ${type}\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
      );
    }
  }

  #requireAllowance(allowance: Allowance): void {
    if (allowance.take(this.#parts.clock.monotonic())) return;
    throw new AgentError('API_TOO_MUCH', 'Too many requests at once; again in a second.');
  }

  #requireToken(request: IncomingMessage): void {
    const { token } = this.#door;
    if (token === undefined) return;
    if (sameText(request.headers.authorization ?? '', `Bearer ${token}`)) return;
    throw new AgentError('API_FORBIDDEN', 'The bearer token is missing or wrong.');
  }
}

/** In a time that says nothing of where they differ. */
function sameText(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}

function written(answer: ApiAnswer): { readonly text: string; readonly type: string } {
  return 'text' in answer ? answer : { text: JSON.stringify(answer.body), type: 'application/json' };
}

/** What nobody foresaw is said in the log, and is no reason to end an agent that walks. */
function errorAnswer(error: unknown, { device }: ApiParts): ApiAnswer {
  if (error instanceof AgentError) {
    const { code, message, facts } = error;
    return { status: statusOf(error), body: { error: code, message, facts } };
  }
  const message = error instanceof Error ? error.message : String(error);
  device.reporter.happened('api-request-failed', message);
  return { status: 500, body: { error: 'INTERNAL', message, facts: {} } };
}
