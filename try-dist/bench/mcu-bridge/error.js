/**
 * The one error class of this room and its codes. What follows from a code is the caller's decision; nothing
 * in here may know retries, policies or the agent.
 */
/** Code -> what it means. README.md prints this table; a test keeps both in step. */
export const LINK_ERRORS = {
    MCU_SILENT: 'no answer to any of the tries',
    MCU_REFUSED: 'the MCU answered with an error reply; `facts.reason` says why',
    MCU_BUSY: 'the MCU answered that it cannot do this now; ask again later',
    MCU_REPLY_MALFORMED: 'a message with a right CRC whose fields make no sense',
    MCU_PORT: 'the serial port cannot be opened, written or read, or it disappeared',
    MCU_RECORDING: 'a recorded line cannot be read or written, or is damaged; `facts` says where',
    LINK_QUEUE_FULL: 'more requests wait than the link accepts',
    LINK_CLOSED: 'the link was closed by its owner',
    LINK_MISUSED: 'the caller broke a promise of this room: field out of range, payload too long',
};
/** Everything that this room throws. `cause` is the library's or the system's own error, if any. */
export class LinkError extends Error {
    name = 'LinkError';
    code;
    facts;
    constructor(code, message, more = {}) {
        super(message, more.cause === undefined ? undefined : { cause: more.cause });
        this.code = code;
        this.facts = more.facts ?? {};
    }
}
