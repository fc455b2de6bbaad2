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
  readonly transferEncoding?: string | undefined;
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

/**
 * A Transfer-Encoding beside `chunked` (RFC 9112 section 6.1): the HTTP library undoes the chunks and nothing else,
 * so the pieces that it gives would be compressed ones.
 */
export function isTransferEncoded(transferEncoding: string | undefined): boolean {
  return !/^\s*(chunked)?\s*$/i.test(transferEncoding ?? '');
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

/** One way to answer. `answer` and `outcome` are what agent/README.md prints. */
interface Row {
  readonly answer: string;
  readonly outcome: string;
  readonly when: (facts: Facts) => boolean;
  readonly give: (facts: Facts) => RangeVerdict;
}

function refused(
  code: AgentErrorCode,
  answer: string,
  when: Row['when'],
  why: (facts: Facts) => string,
): Row {
  return {
    answer,
    outcome: code,
    when,
    give: (facts) => ({ kind: 'refused', code, why: why(facts), etag: facts.etag }),
  };
}

function used(answer: string, outcome: string, when: Row['when'], part: (facts: Facts) => Part): Row {
  return { answer, outcome, when, give: (facts) => ({ kind: 'body', ...part(facts), etag: facts.etag }) };
}

interface Part {
  readonly skip: number;
  readonly take: number;
}

const otherEtag = (f: Facts): string => `the ETag is ${f.etag ?? 'gone'} and was ${f.pin.etag}`;

/** Rows in priority order; LAST_ROW answers what none of them matches. */
const ROWS: readonly Row[] = [
  // 416: does the server deny the bytes, or does it have another file?
  refused(
    'PAYLOAD_LENGTH',
    '416 with a total that is not the signed length',
    (f) => f.status === 416 && f.range?.total !== undefined && f.range.total !== f.pin.size,
    (f) => `the server's file has ${f.range?.total} bytes`,
  ),
  refused(
    'RANGE_NOT_SATISFIABLE',
    '416 with the signed length as total, or with none',
    (f) => f.status === 416,
    (f) => `the server denies the range, and its total is ${f.range?.total ?? 'not given'}`,
  ),
  // If-Range only ever chooses between 206 and 200. Whoever takes it for a condition is asked without it next.
  refused(
    'VALIDATOR_CHANGED',
    '304 or 412 to a request with If-Range',
    (f) => (f.status === 304 || f.status === 412) && f.pin.etag !== undefined,
    (f) => `the server takes If-Range for a condition and answers ${f.status}`,
  ),
  // Neither the payload nor a part of it.
  {
    answer: 'any other status but 200 and 206',
    outcome: 'by the status, see below',
    when: (f) => f.status !== 200 && f.status !== 206,
    give: (f) => ({
      kind: 'refused',
      code: statusErrorCode(f.status),
      why: `the status is ${f.status}`,
      etag: f.etag,
    }),
  },
  // A log-in page looks like success. It is first among the 200s: it may be compressed and of any length.
  refused(
    'CAPTIVE_PORTAL',
    '200 with an HTML page',
    (f) => f.status === 200 && f.html,
    () => 'an HTML page came instead of a payload',
  ),
  refused(
    'RANGE_ANSWER',
    'a compressed body (Content-Encoding or Transfer-Encoding)',
    (f) => f.encoded,
    () => 'the body is compressed, which was not asked for',
  ),
  // 200: the server ignores ranges, or If-Range told it that the validator is not its own.
  refused(
    'RANGE_ANSWER',
    '200 without Content-Length',
    (f) => f.status === 200 && f.length === undefined,
    () => 'the whole file is sent without a length',
  ),
  refused(
    'PAYLOAD_LENGTH',
    '200 with a Content-Length that is not the signed length',
    (f) => f.status === 200 && f.length !== f.pin.size,
    (f) => `the server's file has ${f.length} bytes`,
  ),
  refused(
    'VALIDATOR_CHANGED',
    '200 with another ETag than the pinned one, the range not from byte 0',
    // From byte 0 nothing of the old body is mixed with the new one, so there it is taken below.
    (f) => f.status === 200 && f.changed && f.start > 0,
    otherEtag,
  ),
  used(
    '200 with the whole file',
    'used from the first byte asked for; what comes before is read, thrown away and counted',
    (f) => f.status === 200,
    (f) => ({ skip: f.start, take: f.end - f.start }),
  ),
  // 206
  refused(
    'RANGE_ANSWER',
    '206 in several parts (multipart/byteranges)',
    (f) => f.multipart,
    () => 'one range was asked for and several parts came',
  ),
  refused(
    'RANGE_ANSWER',
    '206 without a valid Content-Range, or with two',
    (f) => f.range?.first === undefined || f.range.last === undefined,
    () => 'the part does not say which bytes it holds',
  ),
  refused(
    'RANGE_ANSWER',
    '206 with total `*`',
    (f) => f.range?.total === undefined,
    () => 'the part does not say how long the file is',
  ),
  refused(
    'PAYLOAD_LENGTH',
    '206 with a total that is not the signed length',
    (f) => f.range?.total !== f.pin.size,
    (f) => `the server's file has ${f.range?.total} bytes`,
  ),
  refused(
    'VALIDATOR_CHANGED',
    '206 with another ETag than the pinned one, a weak one, or none any more',
    (f) => f.changed,
    otherEtag,
  ),
  refused(
    'RANGE_ANSWER',
    '206 that starts elsewhere',
    (f) => f.range?.first !== f.start,
    (f) => `the part starts at byte ${f.range?.first}`,
  ),
  refused(
    'RANGE_ANSWER',
    '206 whose Content-Length contradicts its Content-Range',
    (f) => f.length !== undefined && f.length !== partLength(f),
    (f) => `the part of ${partLength(f)} bytes is sent as ${f.length} bytes`,
  ),
];

const LAST_ROW: Row = used(
  '206 with the range, a shorter or a longer one',
  'used; cut at the end asked for; where it is shorter, `SHORT_BODY` after its last byte',
  () => true,
  (f) => ({ skip: 0, take: Math.min(partLength(f), f.end - f.start) }),
);

/** What agent/README.md prints: each answer and what becomes of it, the first that fits. */
export const RANGE_ANSWERS: readonly Pick<Row, 'answer' | 'outcome'>[] = [...ROWS, LAST_ROW];

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
    encoded: isEncoded(head.contentEncoding) || isTransferEncoded(head.transferEncoding),
    multipart: /^\s*multipart\//i.test(head.contentType ?? ''),
    length: parseLength(head.contentLength),
    range: parseContentRange(head.contentRange),
    etag,
    changed: ask.pin.etag !== undefined && ask.pin.etag !== etag,
  };
  return (ROWS.find((row) => row.when(facts)) ?? LAST_ROW).give(facts);
}
