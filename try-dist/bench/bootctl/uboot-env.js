import { checkedBootNames, DEFAULT_BOOT_NAMES } from './boot-names.js';
import { BootControlError } from './error.js';
import { activatedInOrder, badInOrder, deactivatedInOrder, goodInOrder, refilledInOrder, restoredInOrder, stateOfOrder, unbootableInOrder, } from './order-record.js';
import { envOfOrder, orderOfEnv, UBOOT_MOST_TRIES } from './uboot-decision.js';
import { countingCopy, decodeEnv, encodeEnv, envVariable, FLAG_SCHEMES, } from './uboot-env-block.js';
/** Tries of a good slot: what RAUC gives where they are not counted; all there are where they are. */
const TRIES_OF_GOOD = { donabe: 3, vendor: 9, bootcount: 9 };
export class UbootEnv {
    abilities;
    #medium;
    #layout;
    #scheme;
    #uboot;
    #rules;
    /** Error: BOOT_CONTROL_OPTION. */
    constructor(medium, options = {}) {
        const counting = options.counting ?? 'donabe';
        this.abilities = {
            name: 'uboot-env',
            mostTries: UBOOT_MOST_TRIES,
            trialSurvivesPowerOff: true,
            hasUnbootable: true,
            oneWriteFlip: true,
            countsGoodSlots: counting === 'vendor',
        };
        this.#medium = medium;
        this.#layout = {
            size: medium.size,
            redundant: medium.copies.length > 1,
            endian: options.endian ?? 'little',
        };
        this.#scheme = FLAG_SCHEMES[medium.scheme];
        this.#uboot = { names: checkedBootNames(options.names ?? DEFAULT_BOOT_NAMES), counting };
        this.#rules = {
            mostTries: UBOOT_MOST_TRIES,
            triesOfGood: TRIES_OF_GOOD[counting],
            countedBooted: counting === 'vendor' ? options.booted : undefined,
        };
    }
    async read() {
        const { env } = await this.#load();
        return stateOfOrder(orderOfEnv(env, this.#uboot), this.#rules);
    }
    /** A variable that is none of ours, as U-Boot would see it: for `donabe boot doctor`. */
    async variable(name) {
        return envVariable((await this.#load()).env, name);
    }
    scrub(how) {
        return this.#medium.alone(async () => {
            const loaded = await this.#load();
            const record = orderOfEnv(loaded.env, this.#uboot);
            const restored = restoredInOrder(record, this.#rules);
            const copies = loaded.copies.map((_, index) => this.#health(loaded, index, restored !== record));
            const sick = copies.filter(({ health }) => health !== 'good').map(({ copy }) => copy);
            if (how.repair && sick.length > 0) {
                if (restored === record)
                    await this.#level(loaded);
                else
                    await this.#store(loaded, envOfOrder(loaded.env, restored, this.#uboot));
            }
            return { copies, repaired: how.repair ? sick : [] };
        });
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
     * The factory's first write into an environment that U-Boot or `mkenvimage` made: `slot` good and active, the
     * other one unbootable. One with a BOOT_ORDER is BOOT_CONTROL_NOT_BLANK. A lost environment is refused as by
     * every verb: without the board's own variables U-Boot would not know how to boot.
     */
    initialise(slot) {
        return this.#medium.alone(async () => {
            const loaded = await this.#load();
            if (envVariable(loaded.env, 'BOOT_ORDER') !== undefined) {
                throw new BootControlError('BOOT_CONTROL_NOT_BLANK', 'the U-Boot environment has a BOOT_ORDER already; unset it with fw_setenv first if it has to go', { facts: { variable: 'BOOT_ORDER' } });
            }
            const blank = { order: [], tries: { a: 0, b: 0 }, trial: [] };
            await this.#store(loaded, envOfOrder(loaded.env, goodInOrder(blank, slot, this.#rules), this.#uboot));
        });
    }
    close() {
        return this.#medium.close();
    }
    /** A refused verb writes nothing; one that changes nothing still writes, so that its return means durable. */
    #change(change) {
        return this.#medium.alone(async () => {
            const loaded = await this.#load();
            const before = restoredInOrder(orderOfEnv(loaded.env, this.#uboot), this.#rules);
            await this.#store(loaded, envOfOrder(loaded.env, change(before), this.#uboot));
        });
    }
    async #load() {
        const raw = [];
        for (const copy of this.#medium.copies)
            raw.push(await copy.read());
        const copies = raw.map((bytes) => decodeEnv(bytes, this.#layout));
        const index = countingCopy(copies, this.#scheme);
        const counts = index === undefined ? undefined : copies[index];
        if (index !== undefined && counts?.kind === 'env')
            return { raw, copies, index, env: counts.env };
        throw this.#unusable(copies);
    }
    /** New content, first over the copy that does not count, then over the one that did. */
    async #store(loaded, wanted) {
        const { index, env } = loaded;
        // Both encoded before the first write: what does not fit must not leave one copy changed.
        const [first, second] = this.#layout.redundant
            ? [
                this.#encode({ ...wanted, flags: this.#scheme.fresh(env.flags) }),
                this.#encode({ ...wanted, flags: this.#scheme.follower(env.flags) }),
            ]
            : [undefined, this.#encode(wanted)];
        await this.#level(loaded);
        if (first !== undefined)
            await this.#write(1 - index, first);
        await this.#write(index, second);
        const after = await this.#load();
        if (sameEntries(after.env, wanted))
            return;
        throw this.#readBack(after.index);
    }
    /** The copy that does not count gets the content of the one that does, and still does not count. */
    async #level({ index, env, copies }) {
        const other = copies[1 - index];
        if (other === undefined || (other.kind === 'env' && sameEntries(other.env, env)))
            return;
        const flags = this.#scheme.behind(env.flags);
        await this.#write(1 - index, this.#encode({ ...env, flags }));
    }
    #encode(env) {
        const bytes = encodeEnv(env, this.#layout);
        if (bytes !== undefined)
            return bytes;
        throw new BootControlError('BOOT_CONTROL_NO_ROOM', `the variables do not fit into the ${this.#layout.size} bytes of the U-Boot environment; unset some with fw_setenv`, { facts: { path: this.#medium.copies[0]?.name, size: this.#layout.size } });
    }
    /** Writes one copy, durably, and reads it back. */
    async #write(index, bytes) {
        const copy = this.#medium.copies[index];
        if (copy === undefined)
            throw new RangeError(`the environment has no copy ${index}`);
        await copy.write(bytes);
        if (Buffer.compare(await copy.read(), bytes) !== 0)
            throw this.#readBack(index);
    }
    #health({ copies, index, env }, at, isCounted) {
        const copy = this.#medium.copies[at]?.name ?? '';
        const found = copies[at];
        if (found === undefined || found.kind === 'fault') {
            return { copy, health: 'bad', detail: found?.detail ?? 'not there' };
        }
        if (at === index && isCounted) {
            return { copy, health: 'stale', detail: "the good booted slot's counter is not full" };
        }
        if (sameEntries(found.env, env))
            return { copy, health: 'good', detail: '' };
        return { copy, health: 'stale', detail: 'whole, but the boot loader goes by the other one' };
    }
    #readBack(index) {
        const path = this.#medium.copies[index]?.name;
        return new BootControlError('BOOT_CONTROL_READ_BACK', `${path} reads otherwise than it was written; the storage may be failing`, { facts: { path, copy: index } });
    }
    #unusable(copies) {
        const details = copies
            .map((found, index) => {
            const name = this.#medium.copies[index]?.name;
            return found.kind === 'fault' ? `${name}: byte ${found.offset}: ${found.detail}` : `${name}: whole`;
        })
            .join('; ');
        return new BootControlError('BOOT_CONTROL_BAD', `U-Boot has no environment to go by (${details}); check the sizes in fw_env.config, else let U-Boot save its default ("env default -a; saveenv") and set the boot order anew`, { facts: { path: this.#medium.copies[0]?.name, details, repairable: false } });
    }
}
function sameEntries(left, right) {
    return (left.entries.length === right.entries.length &&
        left.entries.every((entry, index) => entry === right.entries[index]));
}
