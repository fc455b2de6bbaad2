import { checkedBootNames, DEFAULT_BOOT_NAMES } from './boot-names.js';
import { BootControlError } from './error.js';
import { decodeGrubBlock, encodeGrubBlock, GRUB_BLOCK_BYTES, GRUB_BLOCK_MOST_BYTES, newGrubBlock, } from './grub-block.js';
import { GRUB_MOST_TRIES, grubOfOrder, orderOfGrub } from './grub-decision.js';
import { activatedInOrder, badInOrder, deactivatedInOrder, goodInOrder, refilledInOrder, restoredInOrder, stateOfOrder, unbootableInOrder, } from './order-record.js';
/** The only copy there is. */
const COPY = 'grubenv';
export class GrubEnv {
    abilities;
    #file;
    #names;
    #rules;
    /** Error: BOOT_CONTROL_OPTION. */
    constructor(file, options = {}) {
        this.abilities = {
            name: 'grub-env',
            mostTries: GRUB_MOST_TRIES,
            trialSurvivesPowerOff: true,
            hasUnbootable: true,
            oneWriteFlip: true,
            countsGoodSlots: options.counting === 'vendor',
        };
        this.#file = file;
        this.#names = checkedBootNames(options.names ?? DEFAULT_BOOT_NAMES);
        this.#rules = {
            mostTries: GRUB_MOST_TRIES,
            triesOfGood: GRUB_MOST_TRIES,
            countedBooted: options.counting === 'vendor' ? options.booted : undefined,
        };
    }
    async read() {
        return stateOfOrder(orderOfGrub(await this.#load(), this.#names), this.#rules);
    }
    async scrub(how) {
        const block = await this.#load();
        const record = orderOfGrub(block, this.#names);
        const restored = restoredInOrder(record, this.#rules);
        const isFull = restored === record;
        if (!isFull && how.repair)
            await this.#store(grubOfOrder(block, restored, this.#names));
        const detail = [
            ...(block.size === GRUB_BLOCK_BYTES ? [] : [`${block.size} bytes instead of ${GRUB_BLOCK_BYTES}`]),
            ...(isFull ? [] : ['the good booted slot has no try left']),
        ].join('; ');
        return {
            copies: [{ copy: COPY, health: isFull ? 'good' : 'stale', detail }],
            repaired: !isFull && how.repair ? [COPY] : [],
        };
    }
    markUnbootable(slot) {
        return this.#change((record) => unbootableInOrder(record, slot));
    }
    activate(slot, tries) {
        return this.#change((record) => activatedInOrder(record, slot, tries, this.#rules));
    }
    deactivate(target, booted) {
        return this.#change((record) => deactivatedInOrder(record, target, booted));
    }
    markGood(slot) {
        return this.#change((record) => goodInOrder(record, slot, this.#rules));
    }
    markBad(slot) {
        return this.#change((record) => badInOrder(record, slot));
    }
    refill(slot, tries) {
        return this.#change((record) => refilledInOrder(record, slot, tries, this.#rules));
    }
    /**
     * The factory's first write: `slot` good and active, the other one unbootable. A block without ORDER keeps its
     * other variables; a missing file is made. One with ORDER is BOOT_CONTROL_NOT_BLANK.
     */
    async initialise(slot) {
        const bytes = await this.#file.read(GRUB_BLOCK_MOST_BYTES);
        const found = bytes === undefined ? undefined : decodeGrubBlock(bytes);
        const block = found?.kind === 'block' ? found.block : newGrubBlock();
        if (block.lines.some((line) => line.kind === 'variable' && line.name === 'ORDER')) {
            throw new BootControlError('BOOT_CONTROL_NOT_BLANK', `${this.#file.path} has an ORDER already; unset it with grub-editenv first if it has to go`, { facts: { path: this.#file.path } });
        }
        const blank = { order: [], tries: { a: 0, b: 0 }, trial: [] };
        await this.#store(grubOfOrder(block, goodInOrder(blank, slot, this.#rules), this.#names));
    }
    /** Nothing is held open between two verbs. */
    async close() { }
    /** A refused verb writes nothing; one that changes nothing still writes, so that its return means durable. */
    async #change(change) {
        const block = await this.#load();
        const before = restoredInOrder(orderOfGrub(block, this.#names), this.#rules);
        await this.#store(grubOfOrder(block, change(before), this.#names));
    }
    async #load() {
        const { path } = this.#file;
        const bytes = await this.#file.read(GRUB_BLOCK_MOST_BYTES);
        if (bytes === undefined) {
            throw new BootControlError('REGION_OPEN_FAILED', `there is no ${path}; mount its file system, or make it with grub-editenv`, { facts: { path } });
        }
        const found = decodeGrubBlock(bytes);
        if (found.kind === 'block')
            return found.block;
        throw new BootControlError('BOOT_CONTROL_BAD', `${path} is no GRUB environment block (byte ${found.offset}: ${found.detail}); make it anew with grub-editenv`, { facts: { path, offset: found.offset, repairable: false } });
    }
    async #store(block) {
        const { path } = this.#file;
        const wanted = encodeGrubBlock(block);
        if (wanted === undefined) {
            throw new BootControlError('BOOT_CONTROL_NO_ROOM', `the variables do not fit into the ${block.size} bytes of ${path}; unset some with grub-editenv`, { facts: { path, size: block.size } });
        }
        await this.#file.replace(wanted);
        const after = await this.#file.read(GRUB_BLOCK_MOST_BYTES);
        if (after !== undefined && Buffer.compare(after, wanted) === 0)
            return;
        throw new BootControlError('BOOT_CONTROL_READ_BACK', `${path} reads otherwise than it was written; the storage may be failing`, { facts: { path, offset: 0 } });
    }
}
