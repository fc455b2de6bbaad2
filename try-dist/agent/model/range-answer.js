import { statusErrorCode } from './retry.js';
/** Largest ETag that is kept, in characters: real ones have 10 to 70; it goes into the store. */
const ETAG_MOST = 256;
const STRONG_ETAG = /^"[\x21\x23-\x7e]*"$/;
/** A strong validator (RFC 9110 section 8.8.3), or undefined when absent, weak, malformed or oversized. */
export function strongEtag(header) {
    return header !== undefined && header.length <= ETAG_MOST && STRONG_ETAG.test(header) ? header : undefined;
}
/** Any validator, strong or weak: good enough for If-None-Match (weak comparison), never for If-Range. */
export function anyEtag(header) {
    return strongEtag(header?.startsWith('W/') ? header.slice(2) : header) && header;
}
/** `Content-Type: text/html` in any spelling: what log-in pages of networks send, and payloads never are. */
export function isHtml(contentType) {
    return /^\s*(text\/html|application\/xhtml\+xml)\b/i.test(contentType ?? '');
}
/** A Content-Encoding that changes the bytes; it was not asked for, so whoever sends it is not to be trusted. */
export function isEncoded(contentEncoding) {
    return !/^\s*(identity)?\s*$/i.test(contentEncoding ?? '');
}
/** Digits of a length or an offset; 15 of them always fit a safe integer. */
const DIGITS = /^\d{1,15}$/;
/** `Content-Length` in bytes, or undefined when absent or not a plain number. */
export function parseLength(header) {
    return header !== undefined && DIGITS.test(header) ? Number(header) : undefined;
}
const CONTENT_RANGE = /^bytes (?:(\d{1,15})-(\d{1,15})|\*)\/(\d{1,15}|\*)$/i;
/** RFC 9110 section 14.4; undefined when absent, malformed, or ending before it starts or after its total. */
function parseContentRange(header) {
    const match = CONTENT_RANGE.exec(header ?? '');
    if (match === null)
        return undefined;
    const [, from, to, of] = match;
    const first = parseLength(from);
    const last = parseLength(to);
    const total = parseLength(of);
    if (first !== undefined && last !== undefined) {
        if (last < first || (total !== undefined && last >= total))
            return undefined;
    }
    return { first, last, total };
}
const refuse = (code, why) => (facts) => ({ kind: 'refused', code, why: why(facts), etag: facts.etag });
/** Rows in priority order; LAST_ROW answers what none of them matches. */
const ROWS = [
    // 416: does the server deny the bytes, or does it have another file?
    {
        when: (f) => f.status === 416 && f.range?.total !== undefined && f.range.total !== f.pin.size,
        give: refuse('PAYLOAD_LENGTH', (f) => `the server's file has ${f.range?.total} bytes`),
    },
    {
        when: (f) => f.status === 416,
        give: refuse('RANGE_NOT_SATISFIABLE', (f) => `the server denies the range, and its total is ${f.range?.total ?? 'not given'}`),
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
const LAST_ROW = {
    when: () => true,
    give: (f) => ({ kind: 'body', skip: 0, take: Math.min(partLength(f), f.end - f.start), etag: f.etag }),
};
function partLength(facts) {
    return (facts.range?.last ?? -1) - (facts.range?.first ?? 0) + 1;
}
/** The one answer to a server's answer. */
export function judgeRangeAnswer(ask, head) {
    const etag = strongEtag(head.etag);
    const facts = {
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
