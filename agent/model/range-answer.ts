/**
 * The judgement over a server's answer to one range request: which of its bytes may be used, or why none.
 * Pure and total: every combination of status and headers has exactly one answer, the first row that matches.
 * Knows no HTTP library and no retry; what follows from a refusal says the table in agent/errors.ts.
 */
import type { AgentErrorCode } from '../errors.ts';
import type { PayloadPin } from '../ports.ts';
import { statusErrorCode } from './retry.ts';

/** What was asked: bytes `start` up to and without `end` (0 <= start < end <= pin.size). */
export interface RangeAsk {
  readonly start: number;
  readonly end: number;
  readonly pin: PayloadPin;
}

/** The head of an answer; header values as they came, undefined when absent. */
export interface AnswerHead {
  readonly status: number;
  readonly contentRange?: string | undefined;
  readonly contentLength?: string | undefined;
  readonly contentType?: string | undefined;
  readonly contentEncoding?: string | undefined;
  readonly etag?: string | undefined;
}

/**
 * `body`: throw the first `skip` bytes away, use the next `take`, and read no further. `take` is less than
 * asked when the server sends less: what came is good, then the body counts as short.
 */
export type RangeVerdict =
  | {
      readonly kind: 'body';
      readonly skip: number;
      readonly take: number;
      readonly etag: string | undefined;
    }
  | {
      readonly kind: 'refused';
      readonly code: AgentErrorCode;
      readonly why: string;
      readonly etag: string | undefined;
    };

/** Largest ETag that is kept, in characters: real ones have 10 to 70; it goes into the store. */
const ETAG_MOST = 256;
const STRONG_ETAG = /^"[\x21\x23-\x7e]*"$/;

/** A strong validator (RFC 9110 section 8.8.3), or undefined when absent, weak, malformed or oversized. */
export function strongEtag(header: string | undefined): string | undefined {
  return header !== undefined && header.length <= ETAG_MOST && STRONG_ETAG.test(header) ? header : undefined;
}

/** Any validator, strong or weak: good enough for If-None-Match (weak comparison), never for If-Range. */
export function anyEtag(header: string | undefined): string | undefined {
  return strongEtag(header?.startsWith('W/') ? header.slice(2) : header) && header;
}

/** `Content-Type: text/html` in any spelling: what log-in pages of networks send, and payloads never are. */
export function isHtml(contentType: string | undefined): boolean {
  return /^\s*(text\/html|application\/xhtml\+xml)\b/i.test(contentType ?? '');
}

/** A Content-Encoding that changes the bytes; it was not asked for, so whoever sends it is not to be trusted. */
export function isEncoded(contentEncoding: string | undefined): boolean {
  return !/^\s*(identity)?\s*$/i.test(contentEncoding ?? '');
}

/** Digits of a length or an offset; 15 of them always fit a safe integer. */
const DIGITS = /^\d{1,15}$/;

/** `Content-Length` in bytes, or undefined when absent or not a plain number. */
export function parseLength(header: string | undefined): number | undefined {
  return header !== undefined && DIGITS.test(header) ? Number(header) : undefined;
}

interface ContentRange {
  /** First and last byte, both included; undefined in the unsatisfied form of 416. */
  readonly first: number | undefined;
  readonly last: number | undefined;
  /** Undefined when the server says `*`. */
  readonly total: number | undefined;
}

const CONTENT_RANGE = /^bytes (?:(\d{1,15})-(\d{1,15})|\*)\/(\d{1,15}|\*)$/i;

/** RFC 9110 section 14.4; undefined when absent, malformed, or ending before it starts or after its total. */
function parseContentRange(header: string | undefined): ContentRange | undefined {
  const match = CONTENT_RANGE.exec(header ?? '');
  if (match === null) return undefined;
  const [, from, to, of] = match;
  const first = parseLength(from);
  const last = parseLength(to);
  const total = parseLength(of);
  if (first !== undefined && last !== undefined) {
    if (last < first || (total !== undefined && last >= total)) return undefined;
  }
  return { first, last, total };
}

/** The answer as the rows see it. */
interface Facts extends RangeAsk {
  readonly status: number;
  readonly html: boolean;
  readonly encoded: boolean;
  readonly multipart: boolean;
  readonly length: number | undefined;
  readonly range: ContentRange | undefined;
  readonly etag: string | undefined;
  /** A validator is pinned and this answer does not carry it. */
  readonly changed: boolean;
}

interface Row {
  readonly when: (facts: Facts) => boolean;
  readonly give: (facts: Facts) => RangeVerdict;
}

const refuse =
  (code: AgentErrorCode, why: (facts: Facts) => string): Row['give'] =>
  (facts) => ({ kind: 'refused', code, why: why(facts), etag: facts.etag });

/** Rows in priority order; LAST_ROW answers what none of them matches. */
const ROWS: readonly Row[] = [
  // 416: does the server deny the bytes, or does it have another file?
  {
    when: (f) => f.status === 416 && f.range?.total !== undefined && f.range.total !== f.pin.size,
    give: refuse('PAYLOAD_LENGTH', (f) => `the server's file has ${f.range?.total} bytes`),
  },
  {
    when: (f) => f.status === 416,
    give: refuse(
      'RANGE_NOT_SATISFIABLE',
      (f) => `the server denies the range, and its total is ${f.range?.total ?? 'not given'}`,
    ),
  },
  // Neither the payload nor a part of it.
  {
    when: (f) => f.status !== 200 && f.status !== 206,
    give: (f) => refuse(statusErrorCode(f.status), () => `the status is ${f.status}`)(f),
  },
  // A log-in page looks like success. It is first among the 200s: it may be compressed and of any length.
  {
    when: (f) => f.status === 200 && f.html,
    give: refuse('CAPTIVE_PORTAL', () => 'an HTML page came instead of a payload'),
  },
  {
    when: (f) => f.encoded,
    give: refuse('RANGE_ANSWER', () => 'the body is compressed, which was not asked for'),
  },
  // 200: the server ignores ranges, or If-Range told it that the validator is not its own.
  {
    when: (f) => f.status === 200 && f.length === undefined,
    give: refuse('RANGE_ANSWER', () => 'the whole file is sent without a length'),
  },
  {
    when: (f) => f.status === 200 && f.length !== f.pin.size,
    give: refuse('PAYLOAD_LENGTH', (f) => `the server's file has ${f.length} bytes`),
  },
  {
    // From byte 0 nothing of the old body is mixed with the new one, so there it is taken below.
    when: (f) => f.status === 200 && f.changed && f.start > 0,
    give: refuse('VALIDATOR_CHANGED', (f) => `the ETag is ${f.etag ?? 'gone'} and was ${f.pin.etag}`),
  },
  {
    when: (f) => f.status === 200,
    give: (f) => ({ kind: 'body', skip: f.start, take: f.end - f.start, etag: f.etag }),
  },
  // 206
  {
    when: (f) => f.multipart,
    give: refuse('RANGE_ANSWER', () => 'one range was asked for and several parts came'),
  },
  {
    when: (f) => f.range?.first === undefined || f.range.last === undefined,
    give: refuse('RANGE_ANSWER', () => 'the part does not say which bytes it holds'),
  },
  {
    when: (f) => f.range?.total === undefined,
    give: refuse('RANGE_ANSWER', () => 'the part does not say how long the file is'),
  },
  {
    when: (f) => f.range?.total !== f.pin.size,
    give: refuse('PAYLOAD_LENGTH', (f) => `the server's file has ${f.range?.total} bytes`),
  },
  {
    when: (f) => f.changed,
    give: refuse('VALIDATOR_CHANGED', (f) => `the ETag is ${f.etag ?? 'gone'} and was ${f.pin.etag}`),
  },
  {
    when: (f) => f.range?.first !== f.start,
    give: refuse('RANGE_ANSWER', (f) => `the part starts at byte ${f.range?.first}`),
  },
  {
    when: (f) => f.length !== undefined && f.length !== partLength(f),
    give: refuse('RANGE_ANSWER', (f) => `the part of ${partLength(f)} bytes is sent as ${f.length} bytes`),
  },
];

/** Shorter than asked: what came is used. Longer than asked: cut at `end`. */
const LAST_ROW: Row = {
  when: () => true,
  give: (f) => ({ kind: 'body', skip: 0, take: Math.min(partLength(f), f.end - f.start), etag: f.etag }),
};

function partLength(facts: Facts): number {
  return (facts.range?.last ?? -1) - (facts.range?.first ?? 0) + 1;
}

/** The one answer to a server's answer. */
export function judgeRangeAnswer(ask: RangeAsk, head: AnswerHead): RangeVerdict {
  const etag = strongEtag(head.etag);
  const facts: Facts = {
    ...ask,
    status: head.status,
    html: isHtml(head.contentType),
    encoded: isEncoded(head.contentEncoding),
    multipart: /^\s*multipart\//i.test(head.contentType ?? ''),
    length: parseLength(head.contentLength),
    range: parseContentRange(head.contentRange),
    etag,
    changed: ask.pin.etag !== undefined && ask.pin.etag !== etag,
  };
  return (ROWS.find((row) => row.when(facts)) ?? LAST_ROW).give(facts);
}
