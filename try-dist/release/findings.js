/**
 * Findings: what is wrong with a release, as values, so that one run tells all of it. A file that is broken all
 * over is one story and not a million.
 * Must not know how things are checked.
 */
/** A broken pack of a million chunks is one story, not a million. */
const FINDINGS_PER_FILE = 16;
export class Findings {
    all = [];
    #perFile = new Map();
    add(code, file, message, chunk) {
        const count = (this.#perFile.get(file) ?? 0) + 1;
        this.#perFile.set(file, count);
        if (count <= FINDINGS_PER_FILE) {
            this.all.push({ code, file, message, ...(chunk === undefined ? {} : { chunk }) });
        }
        else if (count === FINDINGS_PER_FILE + 1) {
            this.all.push({ code: 'FINDINGS_OMITTED', file, message: `more findings of ${file} are not listed` });
        }
    }
    /** File work on a payload; a file that is not there is a finding. */
    async reading(file, work) {
        try {
            return await work();
        }
        catch (cause) {
            if (!(cause instanceof Error))
                throw cause;
            this.add('PAYLOAD_UNREADABLE', file, `the payload cannot be read: ${cause.message}`);
            return undefined;
        }
    }
}
