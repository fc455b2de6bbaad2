/**
 * The backend for U-Boot's Android A/B: two copies of one block in the `misc` partition. It knows sectors,
 * copies and the order of writes; what a verb changes stands in `android-changes.ts`, who wins in
 * `boot-decision.ts`. It knows no file system, no seals and no agent.
 *
 * Order of every writing verb: make both copies valid and equal, then write, flush and read back the main copy
 * (it decides: the commit point), then the same for the backup. So a copy is written only while the other one
 * is valid, and a write that tears leaves the old state.
 */
import { BLOCK_BYTES, decodeAndroidBlock, encodeAndroidBlock, MAX_PRIORITY, MAX_TRIES, mergeStatusOf, newAndroidBlock, UNUSED_SLOT, } from './android-block.js';
import { activated, bad, bootStateOf, deactivated, good, refilled, unbootable } from './android-changes.js';
import { decideBoot, decidingBlock } from './boot-decision.js';
import { BootControlError } from './error.js';
/** Byte offset of the block in `misc`: behind the 2 KiB boot loader message. */
export const ANDROID_MAIN_OFFSET = 2048;
/** Where U-Boot keeps its second copy with the usual CONFIG_ANDROID_AB_BACKUP_OFFSET of 0x1000. */
export const ANDROID_BACKUP_OFFSET = 0x1000 + ANDROID_MAIN_OFFSET;
/** Both copies are read and written as whole sectors, the unit that storage writes at once. */
export const SECTOR_BYTES = 512;
const COPY_NAMES = ['main', 'backup'];
export class AndroidMisc {
    abilities = {
        name: 'android-misc',
        mostTries: MAX_TRIES,
        trialSurvivesPowerOff: true,
        hasUnbootable: true,
        oneWriteFlip: true,
    };
    #region;
    #offsets;
    constructor(region, layout = {}) {
        this.#region = region;
        this.#offsets = {
            main: layout.mainOffset ?? ANDROID_MAIN_OFFSET,
            backup: layout.backupOffset ?? ANDROID_BACKUP_OFFSET,
        };
    }
    async read() {
        const copies = await this.#load();
        const { counts, judged } = decidingBlock(copies.main.found, copies.backup.found);
        if (judged === undefined || counts === 'default')
            throw unusable(copies);
        return bootStateOf(judged);
    }
    async scrub(how) {
        const copies = await this.#load();
        const truth = encodeAndroidBlock(validBlock(copies));
        const health = COPY_NAMES.map((name) => healthOf(name, copies[name], truth));
        const sick = COPY_NAMES.filter((_, index) => health[index]?.health !== 'good');
        // One of the two is the truth, so at most one is sick and the other one stands while it is written.
        if (how.repair)
            for (const name of sick)
                await this.#write(name, truth);
        return { copies: health, repaired: how.repair ? sick : [] };
    }
    markUnbootable(slot) {
        return this.#change((block) => unbootable(block, slot));
    }
    activate(slot, tries) {
        return this.#change((block) => activated(block, slot, tries));
    }
    deactivate(target, booted) {
        return this.#change((block) => deactivated(block, target, booted));
    }
    markGood(slot) {
        return this.#change((block) => good(block, slot));
    }
    markBad(slot) {
        return this.#change((block) => bad(block, slot));
    }
    refill(slot, tries) {
        return this.#change((block) => refilled(block, slot, tries));
    }
    /**
     * The factory's first write: `slot` good and active, the other one unbootable. Only on a region in which
     * neither copy is valid; a valid one is BOOT_CONTROL_NOT_BLANK.
     */
    async initialise(slot) {
        const copies = await this.#load();
        for (const name of COPY_NAMES) {
            const { found } = copies[name];
            if (found.kind === 'block' || found.fault === 'too-new') {
                throw new BootControlError('BOOT_CONTROL_NOT_BLANK', `the ${name} copy of the boot control is valid already; zero it first if it has to go`, { facts: { copy: name } });
            }
        }
        const factory = { ...UNUSED_SLOT, priority: MAX_PRIORITY, triesRemaining: MAX_TRIES, successful: true };
        const slots = slot === 'a' ? [factory, UNUSED_SLOT] : [UNUSED_SLOT, factory];
        const bytes = encodeAndroidBlock(newAndroidBlock(`_${slot}\0\0`, slots));
        for (const name of COPY_NAMES)
            await this.#write(name, bytes);
    }
    close() {
        return this.#region.close();
    }
    async #change(change) {
        const before = validBlock(await this.#load());
        bootStateOf(before); // a record that is not of two slots is refused before anything is written
        const bytes = encodeAndroidBlock(change(before));
        // Only now: a refused verb writes nothing at all.
        await this.scrub({ repair: true });
        for (const name of COPY_NAMES)
            await this.#write(name, bytes);
    }
    async #load() {
        const [main, backup] = [await this.#loadCopy('main'), await this.#loadCopy('backup')];
        return { main, backup };
    }
    async #loadCopy(name) {
        const sector = await this.#region.read(this.#offsets[name], SECTOR_BYTES);
        return { sector, found: decodeAndroidBlock(sector) };
    }
    /** Replaces the block in the copy's sector, flushes, reads back, and asks the boot loader's rule. */
    async #write(name, block) {
        const { sector } = await this.#loadCopy(name);
        const wanted = Uint8Array.from(sector);
        wanted.set(block, 0);
        await this.#region.write(this.#offsets[name], wanted);
        await this.#region.flush();
        const after = await this.#load();
        const { judged } = decideBoot(after.main.sector, after.backup.sector);
        const decided = judged === undefined ? undefined : encodeAndroidBlock(judged);
        if (equal(after[name].sector, wanted) && decided !== undefined && equal(decided, block))
            return;
        throw new BootControlError('BOOT_CONTROL_READ_BACK', `the ${name} copy of the boot control reads otherwise than it was written; the storage may be failing`, { facts: { copy: name, offset: this.#offsets[name] } });
    }
}
/** The block that both copies should hold: the main one's, or the backup's when the main one is lost. */
function validBlock(copies) {
    for (const name of COPY_NAMES) {
        const { found } = copies[name];
        if (found.kind === 'block')
            return found.block;
        // A newer program's main copy is not damage: nothing older may replace it.
        if (found.fault === 'too-new')
            throw unusable(copies);
    }
    throw unusable(copies);
}
function healthOf(copy, { sector, found }, truth) {
    if (found.kind === 'fault')
        return { copy, health: 'bad', detail: found.detail };
    if (equal(sector.subarray(0, BLOCK_BYTES), truth)) {
        const merge = mergeStatusOf(found.block) ?? 'of a number that has no name';
        return { copy, health: 'good', detail: merge === 'none' ? '' : `merge status ${merge}` };
    }
    return { copy, health: 'stale', detail: 'valid, but older than the main copy' };
}
function unusable(copies) {
    const faults = COPY_NAMES.map((name) => copies[name].found).filter((found) => found.kind === 'fault');
    const details = COPY_NAMES.map((name) => {
        const { found } = copies[name];
        return `${name}: ${found.kind === 'fault' ? found.detail : 'valid'}`;
    }).join('; ');
    const tooNew = faults.some((found) => found.fault === 'too-new');
    if (tooNew) {
        const sentence = `the boot control is newer than this program (${details}); update the agent first`;
        return new BootControlError('BOOT_CONTROL_TOO_NEW', sentence, { facts: { details } });
    }
    const repairable = faults.length < COPY_NAMES.length;
    const advice = repairable ? 'scrub rewrites it from the valid copy' : 'it has to be initialised anew';
    const sentence = `the boot loader has no boot control to go by (${details}); ${advice}`;
    return new BootControlError('BOOT_CONTROL_BAD', sentence, { facts: { details, repairable } });
}
function equal(left, right) {
    return Buffer.compare(left, right) === 0;
}
