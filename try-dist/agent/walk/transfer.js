import { AgentError } from '../errors.js';
import { NO_BYTES } from '../events.js';
import { byteBudget, requireBudget } from '../model/budget.js';
import { FRUITLESS_TRIES_MAX, seriesEnded } from '../model/retry.js';
export class Transfer {
    #device;
    #deployment;
    #plan;
    #budget;
    #spentBefore;
    #bytes;
    /** Highest chunk of each image up to which all are written; a checkpoint names only flushed ones. */
    #reached = new Map();
    #dirty = new Set();
    #unsavedBytes = 0;
    #lastCheckpoint;
    #fetchedHere = 0;
    #tries;
    constructor(device, deployment, plan) {
        this.#device = device;
        this.#deployment = deployment;
        this.#plan = plan;
        this.#budget = device.policy.byteBudget ?? byteBudget(plan.smallestWay);
        this.#spentBefore = device.store.bytesSpent(plan.identity);
        const reused = plan.images.reduce((sum, image) => sum + image.reusedBytes, 0);
        this.#bytes = { ...NO_BYTES, ...deployment.bytes, reused };
        this.#lastCheckpoint = device.clock.monotonic();
        this.#tries = deployment.fruitlessTries;
    }
    get bytes() {
        return { ...this.#bytes };
    }
    get tries() {
        return this.#tries;
    }
    /** Throws BYTE_BUDGET_SPENT when `wanted` more bytes would be too many. */
    requireBudget(wanted) {
        requireBudget(this.#budget, this.#spentBefore + this.#fetchedHere, wanted);
    }
    fetched(bytes) {
        this.#bytes.fetched += bytes;
        this.#fetchedHere += bytes;
        this.requireBudget(0);
    }
    /** A chunk was verified and written to its place (not yet flushed). */
    wrote(image, chunk, length) {
        this.#bytes.written += length;
        this.#bytes.verified += length;
        this.#unsavedBytes += length;
        this.#reached.set(image, chunk);
        this.#dirty.add(image);
        if (this.#tries !== 0)
            this.#setTries(0);
        this.report('fetching');
    }
    /** Chunk 0 was verified; it is held in memory and does not count as written yet. */
    verifiedFirst(length) {
        this.#bytes.verified += length;
        if (this.#tries !== 0)
            this.#setTries(0);
    }
    checkpointDue() {
        const { checkpointBytes, checkpointMs } = this.#device.policy;
        const since = this.#device.clock.monotonic() - this.#lastCheckpoint;
        return this.#unsavedBytes >= checkpointBytes || (this.#dirty.size > 0 && since >= checkpointMs);
    }
    /** Flush, then commit. Also saves the byte counters, so it is made after every failed try too. */
    async checkpoint() {
        for (const { target } of this.#dirty)
            await target.flush();
        this.#dirty.clear();
        const progress = [...this.#reached].map(([{ plan }, chunks]) => ({
            slotClass: plan.slotClass,
            indexDigest: plan.image.index.sha256,
            chunks,
        }));
        this.#device.store.checkpoint(this.#deployment.id, progress, this.bytes);
        this.#unsavedBytes = 0;
        this.#lastCheckpoint = this.#device.clock.monotonic();
    }
    /** One more try without a verified chunk. Throws FETCH_SERIES_ENDED when it was the last of the series. */
    fruitless(cause) {
        this.#setTries(this.#tries + 1);
        if (!seriesEnded(this.#tries))
            return;
        this.#setTries(0);
        throw new AgentError('FETCH_SERIES_ENDED', `${FRUITLESS_TRIES_MAX} tries in a row brought no verified chunk; the last one: ${cause.message}`, { cause, facts: { lastCode: cause.code } });
    }
    /** Progress over fetch and read-back: writing counts for two thirds, reading back for one. */
    report(phase, readBackBytes = 0) {
        const total = Math.max(this.#plan.imageBytes, 1);
        const inSlot = Math.min(this.#bytes.reused + this.#bytes.written, total);
        const progress = phase === 'fetching' ? (inSlot / total) * 66 : 66 + (readBackBytes / total) * 34;
        this.#device.reporter.progress(phase, {
            deployment: this.#deployment.id,
            progress: Math.min(100, Math.floor(progress)),
            bytes: this.bytes,
        });
    }
    #setTries(tries) {
        this.#tries = tries;
        this.#device.store.setFruitlessTries(this.#deployment.id, tries);
    }
}
