/**
 * One request over the network: redirects by our own rule, credentials only for the configured origin, a limit for
 * every wait, and each failure as an AgentError. Knows nothing of releases, ranges or retries; the body is
 * pulled, so a slow reader slows the server down and nothing piles up here.
 */
import { type ClientRequest, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { performance } from 'node:perf_hooks';
import type { Got, Request, Response } from 'got';
import { giveBack } from '../../format/index.ts';
import { AgentError, type ErrorFacts } from '../errors.ts';
import { Pace } from '../model/pace.ts';
import { isRedirect, judgeRedirect, type RedirectState } from '../model/redirect.ts';
import { connectionErrorCode, parseRetryAfter } from '../model/retry.ts';
import type { Throttle } from './throttle.ts';

/** Certificates in PEM. `certificate` and `key` are the device's own and are shown to the configured origin only. */
export interface TlsFiles {
  readonly certificateAuthority?: string | undefined;
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
}

/** How long to wait. There is no limit for a whole body: slow and moving is healthy. */
export interface Patience {
  /** For each of name look-up, TCP connect and TLS handshake, ms. */
  readonly connectMs: number;
  /** For the head of an answer, and then for each next piece of its body while somebody waits for it, ms. */
  readonly idleMs: number;
  /** A body that brings less than this over `idleMs` of waiting is given up, bytes per second; 0: it may crawl. */
  readonly leastBytesPerSecond: number;
}

/**
 * 15 s: a satellite or 2G link connects in 5 s. 60 s: a CDN that fetches from its origin first stays below 30 s.
 * 128 bytes/s: a tenth of the slowest mobile line; at a byte a second a chunk would hold the walk for twelve days.
 */
export const DEFAULT_PATIENCE: Patience = { connectMs: 15_000, idleMs: 60_000, leastBytesPerSecond: 128 };

export interface HttpGetOptions {
  readonly tls: TlsFiles;
  readonly patience: Patience;
  readonly userAgent: string;
  /** Judges the dates of certificates (rule 11). */
  readonly clockSynchronised: () => boolean;
  /** Undefined: as fast as the line. */
  readonly throttle: Throttle | undefined;
}

/** The head of the final answer. The caller reads `body` or calls `drop`, one of the two, always. */
export interface HttpAnswer {
  readonly status: number;
  /** Header value by lower-case name; the first one where a header came twice. */
  readonly header: (name: string) => string | undefined;
  /** Address that answered, for messages: without query, which may hold a signature. */
  readonly address: string;
  /** Ends the connection, or returns it to the pool when the body has been read to its end. */
  readonly drop: () => void;
  /** Pieces of at most 64 KiB, each valid until the next one is asked for. Errors: SHORT_BODY, TIMEOUT; the signal's reason after an abort. */
  readonly body: () => AsyncGenerator<Uint8Array, void, undefined>;
}

/** Connections kept open to one origin: the walk fetches one thing at a time. */
const POOL_SIZE = 2;

export class HttpGet {
  readonly #options: HttpGetOptions;
  readonly #agents = {
    http: new HttpAgent({ keepAlive: true, maxFreeSockets: POOL_SIZE }),
    https: new HttpsAgent({ keepAlive: true, maxFreeSockets: POOL_SIZE }),
  };
  #client: Promise<Got> | undefined;

  constructor(options: HttpGetOptions) {
    this.#options = options;
  }

  /**
   * The first answer that is no redirect. `secretHeaders` are sent to the origin of `url` only.
   * Errors: CONNECTION_FAILED, DNS_FAILED, TIMEOUT, REDIRECT_REFUSED, CERTIFICATE_*; after an abort the reason.
   */
  async get(
    url: URL,
    headers: Readonly<Record<string, string>>,
    secretHeaders: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    let at = url;
    let state: RedirectState = { visited: [url.href], trusted: true };
    for (;;) {
      const answer = await this.#ask(at, headers, state.trusted ? secretHeaders : undefined, signal);
      if (!isRedirect(answer.status)) return answer;
      answer.drop();
      const verdict = judgeRedirect(state, at, answer.header('location'));
      if (verdict.kind === 'refused') {
        throw new AgentError('REDIRECT_REFUSED', `${answer.address} redirects, but ${verdict.why}.`, {
          facts: { address: answer.address, status: answer.status },
        });
      }
      at = verdict.url;
      state = verdict.state;
    }
  }

  /**
   * One POST with all headers. A redirect is an answer like any other: what is told goes to the configured address or
   * nowhere. Errors: as `get`.
   */
  post(
    url: URL,
    body: Uint8Array,
    secretHeaders: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    return this.#ask(url, {}, secretHeaders, signal, body);
  }

  close(): void {
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }

  /**
   * One request to one address; with `sent` a POST. `secretHeaders` undefined: a stranger, who also sees no device
   * certificate.
   */
  async #ask(
    url: URL,
    headers: Readonly<Record<string, string>>,
    secretHeaders: Readonly<Record<string, string>> | undefined,
    signal: AbortSignal,
    sent?: Uint8Array,
  ): Promise<HttpAnswer> {
    signal.throwIfAborted();
    const { patience, tls, userAgent } = this.#options;
    const client = await this.#load();
    const address = `${url.origin}${url.pathname}`;
    const request = client.stream(url, {
      ...(sent !== undefined && { method: 'POST' as const, body: sent }),
      headers: {
        'user-agent': userAgent,
        'accept-encoding': 'identity',
        ...headers,
        ...secretHeaders,
      },
      // Retries and redirects of the library know neither our ranges nor our secrets.
      retry: { limit: 0 },
      followRedirect: false,
      throwHttpErrors: false,
      // A decoder in between would hide what was really sent and lose count of it.
      decompress: false,
      // The library's idle limit would also run while the slot is slow; `bodyOf` has its own.
      timeout: {
        lookup: patience.connectMs,
        connect: patience.connectMs,
        secureConnect: patience.connectMs,
        response: patience.idleMs,
      },
      https: {
        ...(tls.certificateAuthority !== undefined && { certificateAuthority: tls.certificateAuthority }),
        ...(secretHeaders !== undefined &&
          tls.certificate !== undefined &&
          tls.key !== undefined && { certificate: tls.certificate, key: tls.key }),
      },
      agent: this.#agents,
      signal,
    });
    const response = await this.#head(request, address, signal);
    return {
      status: response.statusCode,
      header: (name) => headerOf(response, name),
      address,
      drop: () => request.destroy(),
      body: () => bodyOf(request, address, this.#options, signal),
    };
  }

  #head(request: Request, address: string, signal: AbortSignal): Promise<Response> {
    return new Promise((resolve, reject) => {
      request.once('response', resolve);
      // A 101 that nobody asked for would end neither in an answer nor in an error: the library waits for ever.
      request.once('request', (asked: ClientRequest) => {
        asked.once('upgrade', (_answer, socket) => {
          socket.destroy();
          request.destroy(new Error('it speaks another protocol'));
        });
      });
      // Stays for the life of the stream: later errors reach the reader of the body through the iterator.
      request.on('error', (error: Error) => {
        request.destroy();
        if (signal.aborted) return reject(signal.reason);
        const systemCode = systemCodeOf(error);
        const code = connectionErrorCode(systemCode, this.#options.clockSynchronised());
        const facts: ErrorFacts = { address, systemCode };
        reject(new AgentError(code, `${address} did not answer: ${error.message}.`, { facts, cause: error }));
      });
    });
  }

  /** Loaded with the first request: commands that never download do not pay its 20 MB. */
  #load(): Promise<Got> {
    this.#client ??= import('got').then((module) => module.default);
    return this.#client;
  }
}

function headerOf(response: Response, name: string): string | undefined {
  const value = response.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function systemCodeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** The server's wish in `Retry-After`, as the fact that `retryDelay` reads. */
export function retryFacts(answer: HttpAnswer): ErrorFacts {
  return {
    address: answer.address,
    status: answer.status,
    retryAfterMs: parseRetryAfter(answer.header('retry-after'), answer.header('date')),
  };
}

/** The body as it is pulled; both limits run only while the reader waits for the next piece. */
async function* bodyOf(
  request: Request,
  address: string,
  { patience, throttle }: HttpGetOptions,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { idleMs, leastBytesPerSecond } = patience;
  const pieces: AsyncIterator<Uint8Array> = request[Symbol.asyncIterator]();
  const pace = new Pace(idleMs, leastBytesPerSecond);
  /** Why this side ended it. */
  let givenUp: string | undefined;
  const stall = () => {
    givenUp = `sent no byte for ${idleMs} ms`;
    request.destroy(new Error(givenUp));
  };
  let received = 0;
  try {
    for (;;) {
      const timer = setTimeout(stall, idleMs);
      const askedAt = performance.now();
      const piece = await pieces.next().finally(() => clearTimeout(timer));
      if (piece.done === true) return;
      received += piece.value.length;
      if (pace.tooSlow(performance.now() - askedAt, piece.value.length)) {
        givenUp = `sends less than ${leastBytesPerSecond} bytes per second`;
        throw new Error(givenUp);
      }
      await throttle?.received(piece.value.length, signal);
      signal.throwIfAborted();
      yield piece.value;
      // The runtime makes a buffer for each read of the socket; one that is shared with another view stays.
      if (piece.value.length === piece.value.buffer.byteLength) giveBack(piece.value);
    }
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    const facts: ErrorFacts = { address, received };
    if (givenUp !== undefined) {
      throw new AgentError('TIMEOUT', `${address} ${givenUp}.`, { facts, cause });
    }
    throw new AgentError('SHORT_BODY', `${address} broke off after ${received} bytes.`, { facts, cause });
  } finally {
    // After a complete body the connection is already back in the pool and stays open.
    request.destroy();
  }
}
