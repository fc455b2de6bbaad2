/**
 * What a failed download means and how long to wait: every status and every connection error belongs to one
 * error code here, and the code's policy (agent/errors.ts) says what follows. Pure: no clock, no timer, no
 * random numbers of its own. Knows no HTTP library; the count of fruitless tries is kept by the caller.
 */
import { AgentError, type AgentErrorCode } from '../errors.ts';

/** Tries in a row without one verified chunk that end a series: about a minute of back-off, then the next poll. */
export const FRUITLESS_TRIES_MAX = 5;

/** First back-off, ms: long enough for a router to finish a reset, short enough to go unnoticed. */
const BACK_OFF_FIRST_MS = 1_000;
/** Largest back-off, ms: five tries end well before a poll interval. */
const BACK_OFF_MOST_MS = 30_000;
/** Most that a server may ask for, ms: a day, so that a wrong header cannot silence a device for good. */
export const RETRY_AFTER_MOST_MS = 24 * 3_600_000;

/**
 * HTTP status -> error code, first matching row. Statuses that an answer may have (200, 206, 304, 416 to a
 * range request) are judged before; whoever comes here did not get what was asked for.
 */
const STATUS_TABLE: readonly { readonly from: number; readonly to: number; readonly code: AgentErrorCode }[] =
  [
    { from: 401, to: 401, code: 'ACCESS_DENIED' },
    { from: 403, to: 403, code: 'ACCESS_DENIED' },
    { from: 407, to: 407, code: 'ACCESS_DENIED' }, // the proxy's 401
    { from: 408, to: 408, code: 'SERVER_BUSY' },
    { from: 425, to: 425, code: 'SERVER_BUSY' },
    { from: 429, to: 429, code: 'SERVER_BUSY' },
    { from: 400, to: 499, code: 'HTTP_STATUS' },
    { from: 502, to: 504, code: 'SERVER_BUSY' },
    { from: 511, to: 511, code: 'CAPTIVE_PORTAL' }, // RFC 6585 section 6: the network wants a log-in
    { from: 500, to: 599, code: 'SERVER_FAILED' },
  ];

/** What agent/README.md prints: the statuses of each row and their code; rows are looked up in order. */
export const STATUSES: readonly { readonly status: string; readonly code: AgentErrorCode }[] = [
  ...STATUS_TABLE.map(({ from, to, code }) => ({
    status: from === to ? `${from}` : `${from} to ${to}`,
    code,
  })),
  { status: 'any other', code: 'RANGE_ANSWER' },
];

/** Error codes of Node's DNS, TCP and TLS layers -> ours. What is not named here is a failed connection. */
const CONNECTION_TABLE: Readonly<Record<string, AgentErrorCode>> = {
  ENOTFOUND: 'DNS_FAILED',
  EAI_AGAIN: 'DNS_FAILED',
  EAI_FAIL: 'DNS_FAILED',
  EAI_NODATA: 'DNS_FAILED',
  EAI_NONAME: 'DNS_FAILED',
  ETIMEDOUT: 'TIMEOUT',
  CERT_HAS_EXPIRED: 'CERTIFICATE_DATE',
  CERT_NOT_YET_VALID: 'CERTIFICATE_DATE',
  CERT_CHAIN_TOO_LONG: 'CERTIFICATE_REJECTED',
  CERT_REJECTED: 'CERTIFICATE_REJECTED',
  CERT_REVOKED: 'CERTIFICATE_REJECTED',
  CERT_SIGNATURE_FAILURE: 'CERTIFICATE_REJECTED',
  CERT_UNTRUSTED: 'CERTIFICATE_REJECTED',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'CERTIFICATE_REJECTED',
  ERR_TLS_CERT_ALTNAME_INVALID: 'CERTIFICATE_REJECTED',
  HOSTNAME_MISMATCH: 'CERTIFICATE_REJECTED',
  INVALID_CA: 'CERTIFICATE_REJECTED',
  INVALID_PURPOSE: 'CERTIFICATE_REJECTED',
  SELF_SIGNED_CERT_IN_CHAIN: 'CERTIFICATE_REJECTED',
  UNABLE_TO_GET_ISSUER_CERT: 'CERTIFICATE_REJECTED',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'CERTIFICATE_REJECTED',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'CERTIFICATE_REJECTED',
};

/** Codes that blame the way to the release and not the release: they never count as an install attempt (rule 17). */
const TRANSPORT_CODES: ReadonlySet<AgentErrorCode> = new Set<AgentErrorCode>([
  'CONNECTION_FAILED',
  'DNS_FAILED',
  'TIMEOUT',
  'SHORT_BODY',
  'SERVER_BUSY',
  'SERVER_FAILED',
  'ACCESS_DENIED',
  'HTTP_STATUS',
  'CAPTIVE_PORTAL',
  'REDIRECT_REFUSED',
  'CERTIFICATE_DATE',
  'CERTIFICATE_REJECTED',
  'OFFER_TOO_LARGE',
  'PAYLOAD_LENGTH',
  'VALIDATOR_CHANGED',
  'RANGE_ANSWER',
  'RANGE_NOT_SATISFIABLE',
  'SOURCE_UNREADABLE',
  'SOURCE_INCOMPLETE',
  'SOURCE_DAMAGED',
  'FETCH_SERIES_ENDED',
  'BYTE_BUDGET_SPENT',
]);

/** Statuses of a file that is not there, or not any more. */
const ABSENT: readonly unknown[] = [404, 410];

/** Does a server say that it has no such file? Of several mirrors each one has to say so. */
export function isAbsent(error: unknown): boolean {
  return (
    error instanceof AgentError && error.code === 'HTTP_STATUS' && ABSENT.includes(error.facts['status'])
  );
}

/** The error code of a status that is no answer to the request. 1xx, 2xx and 3xx that nobody asked for: RANGE_ANSWER. */
export function statusErrorCode(status: number): AgentErrorCode {
  return STATUS_TABLE.find((row) => status >= row.from && status <= row.to)?.code ?? 'RANGE_ANSWER';
}

/**
 * The error code of a connection that failed before an answer came. `systemCode` is Node's `error.code`.
 * A certificate's dates are only held against the server when the clock can be trusted (rule 11).
 */
export function connectionErrorCode(
  systemCode: string | undefined,
  clockSynchronised: boolean,
): AgentErrorCode {
  const code = CONNECTION_TABLE[systemCode ?? ''] ?? 'CONNECTION_FAILED';
  return code === 'CERTIFICATE_DATE' && clockSynchronised ? 'CERTIFICATE_REJECTED' : code;
}

/** The failure lies on the way to the release: no install attempt is counted for it. */
export function isTransportFault(error: AgentError): boolean {
  return TRANSPORT_CODES.has(error.code);
}

/** RFC 9110 section 5.6.7, IMF-fixdate; the two obsolete forms are not worth their ambiguity. */
const HTTP_DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

function httpDate(value: string | undefined): number | undefined {
  if (value === undefined || !HTTP_DATE.test(value)) return undefined;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : at;
}

/**
 * `Retry-After` in ms, 0 to 24 h (RFC 9110 section 10.2.3). The date form is relative to the `Date` of the
 * same answer: the device's own clock may be wrong (rule 11). Undefined when absent or not understood.
 */
export function parseRetryAfter(value: string | undefined, date: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value)) return Math.min(Number(value) * 1_000, RETRY_AFTER_MOST_MS);
  const until = httpDate(value);
  const since = httpDate(date);
  if (until === undefined || since === undefined) return undefined;
  return Math.min(Math.max(until - since, 0), RETRY_AFTER_MOST_MS);
}

/**
 * Milliseconds before the next try. Exponential with full jitter: a random part of 1 s, 2 s, 4 s ... 30 s.
 * What the server asked for comes on top, so that a fleet does not return in the same second.
 * @param tries fruitless tries so far, at least 1
 * @param random from 0 up to and without 1
 */
export function backOff(tries: number, random: number, retryAfterMs = 0): number {
  const span = Math.min(BACK_OFF_FIRST_MS * 2 ** (Math.max(tries, 1) - 1), BACK_OFF_MOST_MS);
  return Math.min(retryAfterMs, RETRY_AFTER_MOST_MS) + Math.round(random * span);
}

/** `backOff` for an error of policy `retry`: at once after VALIDATOR_CHANGED, else with its `retryAfterMs` fact. */
export function retryDelay(error: AgentError, tries: number, random: number): number {
  if (error.code === 'VALIDATOR_CHANGED') return 0;
  const asked = error.facts['retryAfterMs'];
  return backOff(tries, random, typeof asked === 'number' ? asked : 0);
}

/** The series ends: FETCH_SERIES_ENDED, with the last error as its cause. */
export function seriesEnded(fruitlessTries: number): boolean {
  return fruitlessTries >= FRUITLESS_TRIES_MAX;
}
