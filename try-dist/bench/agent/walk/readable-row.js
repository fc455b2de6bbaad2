import { AgentError } from '../errors.js';
/** Undefined when none is open, and, with a word in the log, when the store cannot be read. */
export function readableRow(device) {
    return fromStore(device, undefined, () => device.store.deployment());
}
/** What `read` gives; `otherwise` when the store cannot be read. */
export function fromStore({ reporter }, otherwise, read) {
    try {
        return read();
    }
    catch (error) {
        if (!(error instanceof AgentError))
            throw error;
        reporter.happened('store-out-of-order', error.message, { code: error.code });
        return otherwise;
    }
}
