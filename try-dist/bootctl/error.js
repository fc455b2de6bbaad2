/**
 * The one error class of this room and its codes. What follows from a code (retry, refuse, ask a person) is
 * for the caller to say: nothing in here knows a policy.
 */
/** One sentence per code: what happened. `README.md` prints this table; a test keeps both in step. */
export const BOOT_CONTROL_ERRORS = {
    REGION_OPEN_FAILED: 'the file or device could not be opened',
    REGION_READ_FAILED: 'bytes could not be read, or the file or device ends before them',
    REGION_WRITE_FAILED: 'bytes could not be written or flushed',
    BOOT_CONTROL_BAD: 'no copy of the boot control is valid, so nothing may be written',
    BOOT_CONTROL_TOO_NEW: 'the boot control is of a version that this program does not know',
    BOOT_CONTROL_NOT_TWO_SLOTS: 'the boot control does not describe exactly the slots a and b',
    BOOT_CONTROL_READ_BACK: 'the boot control does not hold what was written and flushed',
    BOOT_CONTROL_NOT_BLANK: 'a valid boot control is there already, so it is not initialised',
    BOOT_CONTROL_NO_ROOM: 'the variables do not fit into the space that the boot loader reads',
    BOOT_CONTROL_LOCKED: 'another program holds the locks of the boot control',
    BOOT_CONTROL_NOT_ATOMIC: 'a power cut in a write would lose this boot control, so it is not written',
    BOOT_CONTROL_OPTION: 'an option of the backend makes no sense',
    COMMAND_FAILED: 'the command of the script backend failed or gave a strange answer',
    COMMAND_TIMEOUT: 'the command of the script backend did not end in time and was killed',
    BOOT_PARAMS_BAD: 'the parameter page of the boot loader does not decode',
    NO_FALLBACK: 'it would leave no slot that the boot loader can take',
    NOT_ON_TRIAL: 'the slot was marked unbootable, so its tries are not restored',
    VERITY_CORRUPTED: 'the slot is flagged as corrupted, so it is not marked good',
    TRIES_OUT_OF_RANGE: 'the number of tries does not fit the format',
    BOOTED_SLOT_UNKNOWN: 'the kernel command line does not say which slot is booted',
    BACKEND_UNKNOWN: 'no boot control backend has this name',
};
/** Every failure that leaves this room. The message is a sentence: what, where, what to do. */
export class BootControlError extends Error {
    code;
    facts;
    constructor(code, message, more = {}) {
        super(message, more.cause === undefined ? undefined : { cause: more.cause });
        this.name = 'BootControlError';
        this.code = code;
        this.facts = more.facts ?? {};
    }
}
