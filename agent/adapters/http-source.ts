/**
 * A release directory behind one or several base URLs (mirrors) as a `Source`: conditional GET of the offer,
 * small payloads as a whole, and one range request at a time. Which answers may be used decides the model;
 * trying again, waiting and counting are the caller's.
 */
import { performance } from 'node:perf_hooks';
import { AgentError, type AgentErrorCode, type Policy } from '../errors.ts';
import {
  anyEtag,
  isEncoded,
  isHtml,
  isTransferEncoded,
  judgeRangeAnswer,
  parseLength,
  strongEtag,
} from '../model/range-answer.ts';
import {
  CHANNEL_NAME,
  OFFER_MOST_BYTES,
  OFFER_NAME,
  requirePayloadName,
  requireRange,
} from '../model/release-directory.ts';
import { isAbsent, statusErrorCode } from '../model/retry.ts';
import type { OfferAnswer, PayloadPin, RangeAnswer, Source } from '../ports.ts';
import {
  DEFAULT_PATIENCE,
  type HttpAnswer,
  HttpGet,
  type Patience,
  retryFacts,
  type TlsFiles,
} from './http-get.ts';
import type { Throttle } from './throttle.ts';

export interface HttpSourceOptions {
  /** Release directories with equal content, best first; http or https. A log-in in the URL becomes a header. */
  readonly baseUrls: readonly string[];
  /** Sent to the base URLs' own origins only, never after a redirect to elsewhere. */
  readonly secretHeaders?: Readonly<Record<string, string>>;
  readonly tls?: TlsFiles;
  readonly patience?: Partial<Patience>;
  readonly userAgent?: string;
  /** Default: the clock is trusted. */
  readonly clockSynchronised?: () => boolean;
  /** Counts everything that is received, offers and skipped bytes too. Default: as fast as the line. */
  readonly throttle?: Throttle | undefined;
}

/** 10 min for release.json: slower than 3.5 kB/s is a server that wants to hold us, not a line. */
const OFFER_MOST_MS = 10 * 60_000;

/** Which mirror's failure is told when all failed: the one that leaves most hope. */
const HOPE: readonly Policy[] = ['retry', 'wait', 'operator', 'refuse', 'abandon', 'roll-back'];

interface Mirror {
  readonly base: URL;
  readonly secretHeaders: Readonly<Record<string, string>>;
}

/** Throws CONFIG_INVALID for a base URL that is no http or https address. */
export function createHttpSource(options: HttpSourceOptions): Source {
  return new HttpSource(options);
}

class HttpSource implements Source {
  readonly name: string;
  readonly #mirrors: readonly Mirror[];
  readonly #http: HttpGet;
  /** Index of the mirror that is asked first; moves on when one fails, returns to 0 with each offer. */
  #preferred = 0;

  constructor(options: HttpSourceOptions) {
    if (options.baseUrls.length === 0) {
      throw new AgentError('CONFIG_INVALID', 'There is no base URL in [server].');
    }
    this.#mirrors = options.baseUrls.map((text) => parseMirror(text, options.secretHeaders ?? {}));
    this.name = this.#mirrors.map((mirror) => mirror.base.href).join(' ');
    this.#http = new HttpGet({
      tls: options.tls ?? {},
      patience: { ...DEFAULT_PATIENCE, ...options.patience },
      userAgent: options.userAgent ?? 'donabe',
      clockSynchronised: options.clockSynchronised ?? (() => true),
      throttle: options.throttle,
    });
  }

  offer(previousEtag: string | undefined, signal: AbortSignal): Promise<OfferAnswer> {
    return this.#envelope(OFFER_NAME, previousEtag, signal);
  }

  /** Only a mirror that says so has none: one that cannot be reached may have one. */
  async channel(previousEtag: string | undefined, signal: AbortSignal): Promise<OfferAnswer | undefined> {
    try {
      return await this.#envelope(CHANNEL_NAME, previousEtag, signal);
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  }

  #envelope(name: string, previousEtag: string | undefined, signal: AbortSignal): Promise<OfferAnswer> {
    this.#preferred = 0;
    return this.#fromMirrors(signal, async (mirror) => {
      const validator = anyEtag(previousEtag);
      const ask = (condition: Record<string, string>): Promise<HttpAnswer> =>
        this.#get(mirror, name, signal, { 'cache-control': 'no-cache', ...condition });
      if (validator === undefined) return readOffer(await ask({}), false);
      const answer = await ask({ 'if-none-match': validator });
      if (answer.status !== 412) return readOffer(answer, true);
      // The ETag is kept over polls: a server that denies it once must not deny every later offer.
      answer.drop();
      return readOffer(await ask({}), false);
    });
  }

  async read(name: string, size: number, signal: AbortSignal): Promise<Uint8Array> {
    if (size === 0) return new Uint8Array(0);
    const answer = await this.range(name, 0, size, { size, etag: undefined }, signal);
    const whole = new Uint8Array(size);
    let filled = 0;
    for await (const piece of answer.body) {
      whole.set(piece, filled);
      filled += piece.length;
    }
    return whole;
  }

  range(
    name: string,
    start: number,
    end: number,
    pin: PayloadPin,
    signal: AbortSignal,
  ): Promise<RangeAnswer> {
    requireRange(name, start, end, pin);
    return this.#fromMirrors(signal, async (mirror) => {
      // A weak validator in If-Range would promise equal bytes where none are promised (RFC 9110 section 13.1.5).
      const validator = strongEtag(pin.etag);
      const answer = await this.#get(mirror, name, signal, {
        range: `bytes=${start}-${end - 1}`,
        ...(validator !== undefined && { 'if-range': validator }),
      });
      const verdict = judgeRangeAnswer({ start, end, pin }, headOf(answer));
      if (verdict.kind === 'refused') {
        answer.drop();
        throw new AgentError(verdict.code, `${answer.address}, bytes ${start} to ${end}: ${verdict.why}.`, {
          facts: { ...retryFacts(answer), start, end, etag: verdict.etag },
        });
      }
      return new RangeBody(answer, { ...verdict, wanted: end - start }, () => this.#moveOn());
    });
  }

  async close(): Promise<void> {
    this.#http.close();
  }

  #get(
    mirror: Mirror,
    name: string,
    signal: AbortSignal,
    headers: Record<string, string>,
  ): Promise<HttpAnswer> {
    const url = new URL(requirePayloadName(name), mirror.base);
    return this.#http.get(url, headers, mirror.secretHeaders, signal);
  }

  /** The first mirror's answer that can be used. A changed validator ends the round: that mirror is up. */
  async #fromMirrors<T>(signal: AbortSignal, ask: (mirror: Mirror) => Promise<T>): Promise<T> {
    const failures: AgentError[] = [];
    for (const mirror of this.#inOrder()) {
      try {
        return await ask(mirror);
      } catch (error) {
        if (!(error instanceof AgentError) || error.code === 'VALIDATOR_CHANGED' || signal.aborted)
          throw error;
        failures.push(error);
        this.#moveOn();
      }
    }
    throw mostHopeful(failures);
  }

  #inOrder(): Mirror[] {
    return [...this.#mirrors.slice(this.#preferred), ...this.#mirrors.slice(0, this.#preferred)];
  }

  #moveOn(): void {
    this.#preferred = (this.#preferred + 1) % this.#mirrors.length;
  }
}

/** The usable part of an answer, and what had to be thrown away to get there. */
class RangeBody implements RangeAnswer {
  readonly etag: string | undefined;
  readonly body: AsyncIterable<Uint8Array>;
  #discarded = 0;

  constructor(
    answer: HttpAnswer,
    part: {
      readonly skip: number;
      readonly take: number;
      readonly wanted: number;
      readonly etag: string | undefined;
    },
    whenBroken: () => void,
  ) {
    this.etag = part.etag;
    this.body = this.#read(answer, part, whenBroken);
  }

  readonly discarded = (): number => this.#discarded;

  async *#read(
    answer: HttpAnswer,
    { skip, take, wanted }: { readonly skip: number; readonly take: number; readonly wanted: number },
    whenBroken: () => void,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    let left = take;
    try {
      for await (const piece of answer.body()) {
        const skipped = Math.min(skip - this.#discarded, piece.length);
        this.#discarded += skipped;
        const used = piece.subarray(skipped, skipped + left);
        left -= used.length;
        // Empty while skipping: the reader still gets its turn to look at its budget.
        yield used;
        // What a server sends past `end` stays unread and costs it the connection; after a complete body the
        // connection is free again by now. Waiting for the body's end would trust the server to end it.
        if (left === 0) break;
      }
    } catch (error) {
      whenBroken();
      throw error;
    }
    if (take - left === wanted) return;
    whenBroken();
    throw new AgentError('SHORT_BODY', `${answer.address} sent ${take - left} of ${wanted} bytes.`, {
      facts: { address: answer.address, received: take - left, wanted },
    });
  }
}

function headOf(answer: HttpAnswer) {
  return {
    status: answer.status,
    contentRange: answer.header('content-range'),
    contentLength: answer.header('content-length'),
    contentType: answer.header('content-type'),
    contentEncoding: answer.header('content-encoding'),
    transferEncoding: answer.header('transfer-encoding'),
    etag: answer.header('etag'),
  };
}

/** The offer of a 200, `unchanged` of a 304, else the error that the head or the first bytes tell. */
async function readOffer(answer: HttpAnswer, conditional: boolean): Promise<OfferAnswer> {
  const refuse = (code: AgentErrorCode, why: string): AgentError => {
    answer.drop();
    return new AgentError(code, `${answer.address}: ${why}.`, { facts: retryFacts(answer) });
  };
  if (answer.status === 304 && conditional) {
    answer.drop();
    return { kind: 'unchanged' };
  }
  if (answer.status !== 200) throw refuse(statusErrorCode(answer.status), `the status is ${answer.status}`);
  if (isHtml(answer.header('content-type'))) {
    throw refuse('CAPTIVE_PORTAL', 'an HTML page came instead of a release');
  }
  if (isEncoded(answer.header('content-encoding')) || isTransferEncoded(answer.header('transfer-encoding'))) {
    throw refuse('RANGE_ANSWER', 'the body is compressed, which was not asked for');
  }
  const tooLarge = () => refuse('OFFER_TOO_LARGE', `the release is larger than ${OFFER_MOST_BYTES} bytes`);
  if ((parseLength(answer.header('content-length')) ?? 0) > OFFER_MOST_BYTES) throw tooLarge();

  const pieces: Uint8Array[] = [];
  const startedAt = performance.now();
  let size = 0;
  for await (const piece of answer.body()) {
    size += piece.length;
    if (size > OFFER_MOST_BYTES) throw tooLarge();
    if (performance.now() - startedAt > OFFER_MOST_MS)
      throw refuse('TIMEOUT', 'the release comes too slowly');
    pieces.push(Uint8Array.from(piece));
  }
  const envelope = Buffer.concat(pieces);
  // Some log-in pages come without a type; no envelope begins like markup.
  if (/^\s*</.test(envelope.subarray(0, 64).toString('latin1'))) {
    throw refuse('CAPTIVE_PORTAL', 'a page came instead of a release');
  }
  return { kind: 'offer', envelope, etag: anyEtag(answer.header('etag')) };
}

function parseMirror(text: string, secretHeaders: Readonly<Record<string, string>>): Mirror {
  const base = URL.canParse(text) ? new URL(text) : undefined;
  if (base === undefined || (base.protocol !== 'http:' && base.protocol !== 'https:')) {
    throw new AgentError('CONFIG_INVALID', 'A base URL of [server] is not an http or https address.');
  }
  const login = loginOf(base);
  base.username = '';
  base.password = '';
  base.search = '';
  base.hash = '';
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  if (login === ':') return { base, secretHeaders };
  const authorization = `Basic ${Buffer.from(login).toString('base64')}`;
  return { base, secretHeaders: { authorization, ...secretHeaders } };
}

/** Error: CONFIG_INVALID, without the log-in. */
function loginOf({ username, password, host }: URL): string {
  try {
    return `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    throw new AgentError('CONFIG_INVALID', `The log-in in the base URL of ${host} is not percent-encoded.`);
  }
}

/** Of failures of all mirrors; a source has at least one. */
function mostHopeful(failures: readonly AgentError[]): AgentError {
  return failures.reduce((best, next) => (hope(next) < hope(best) ? next : best));
}

function hope(error: AgentError): number {
  return HOPE.indexOf(error.policy);
}
