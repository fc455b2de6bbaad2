/**
 * The one error of the build host's room. Malformed bytes are FormatError (format room); this is the rest:
 * files that are not there, do not fit together, or would be overwritten.
 */
/** Stable codes; what each means stands in the room's README. */
export const RELEASE_ERROR_CODES = [
    'OPTIONS_INVALID',
    'IMAGE_UNREADABLE',
    'IMAGE_CHANGED',
    'KEY_EXISTS',
    'KEY_UNREADABLE',
    'BASE_UNUSABLE',
    'PREVIOUS_UNUSABLE',
    'RELEASE_UNREADABLE',
    'PAYLOAD_MISMATCH',
    'WRITE_FAILED',
];
/** What `build`, `sign`, `verify`, `inspect` and `keygen` throw beside FormatError. */
export class ReleaseError extends Error {
    code;
    facts;
    constructor(code, message, more = {}) {
        super(message, more.cause === undefined ? undefined : { cause: more.cause });
        this.name = 'ReleaseError';
        this.code = code;
        this.facts = more.facts ?? {};
    }
}
/** Runs file work and turns what it throws into a ReleaseError; our own errors pass through. */
export async function orReleaseError(code, sentence, work) {
    try {
        return await work();
    }
    catch (cause) {
        if (cause instanceof ReleaseError)
            throw cause;
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new ReleaseError(code, `${sentence}: ${reason}`, { cause });
    }
}
