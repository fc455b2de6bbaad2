/**
 * What U-Boot does with the Android boot control at power-on, as tables: which copy counts, which slots are
 * candidates, which candidate is best, what is written before the jump. The emulated boot loader runs it, and
 * every write of ours is read back and judged by it.
 * Pure. It follows `boot/android_ab.c` of U-Boot; it must not be "improved" beyond what boot loaders do.
 */
import { BLOCK_BYTES, BLOCK_SLOTS, decodeAndroidBlock, encodeAndroidBlock, MAX_PRIORITY, MAX_TRIES, newAndroidBlock, } from './android-block.js';
import { SLOT_NAMES } from './backend.js';
/** Any value will do. */
const ANY = '*';
/** Which copy counts. The first row that matches wins. */
export const COPY_TABLE = [
    // The main copy is whole: the backup is not even looked at.
    { main: 'good', backup: ANY, counts: 'main' },
    // Whole, but not this format: an error, no boot, and no look at the backup.
    { main: 'magic', backup: ANY, counts: 'refused' },
    { main: 'too-new', backup: ANY, counts: 'refused' },
    // Torn or rotten main copy: the backup is copied over it when its CRC is right ...
    { main: 'crc', backup: 'good', counts: 'backup' },
    // ... and judged only afterwards, so a strange backup ends as a strange main copy does.
    { main: 'crc', backup: 'magic', counts: 'refused' },
    { main: 'crc', backup: 'too-new', counts: 'refused' },
    // Both lost: a default block, in which every slot may boot and a comes first.
    { main: 'crc', backup: 'crc', counts: 'default' },
];
/** Which slots may boot. Priority is not in here: 0 excludes nothing, so unbootable also means no tries. */
export const CANDIDATE_TABLE = [
    // Flagged by dm-verity: never.
    { verityCorrupted: true, tries: ANY, successful: ANY, candidate: false, costsTry: false },
    // Marked good: always, and for nothing.
    { verityCorrupted: false, tries: ANY, successful: true, candidate: true, costsTry: false },
    // On trial: as long as there are tries; the one that is used up is written before the jump.
    { verityCorrupted: false, tries: 'some', successful: false, candidate: true, costsTry: true },
    // Tries used up, or marked unbootable.
    { verityCorrupted: false, tries: 'none', successful: false, candidate: false, costsTry: false },
];
/** Which of two candidates is better: the first measure in which they differ; else the lower index. */
export const RANKING = [
    { measure: 'priority', of: (slot) => slot.priority },
    { measure: 'successful', of: (slot) => Number(slot.successful) },
    { measure: 'tries remaining', of: (slot) => slot.triesRemaining },
];
/** The boot loader's decision over the 32 bytes of each copy (more bytes are ignored). Total: never throws. */
export function decideBoot(main, backup) {
    const copies = { main: decodeAndroidBlock(main), backup: decodeAndroidBlock(backup) };
    const { counts, judged } = decidingBlock(copies.main, copies.backup);
    if (judged === undefined) {
        return { slot: undefined, counts, judged, writeMain: undefined, writeBackup: undefined };
    }
    const index = bestCandidate(judged);
    const after = encodeAndroidBlock(booted(judged, index));
    return {
        slot: index === undefined ? undefined : SLOT_NAMES[index],
        counts,
        judged,
        writeMain: same(after, main) ? undefined : after,
        writeBackup: same(after, backup) ? undefined : after,
    };
}
/** The block that counts, and where it came from. Exported for read-back, which decides nothing. */
export function decidingBlock(main, backup) {
    const counts = decidingCopy(finding(main), finding(backup));
    if (counts === 'main' && main.kind === 'block')
        return { counts, judged: main.block };
    if (counts === 'backup' && backup.kind === 'block')
        return { counts, judged: backup.block };
    return { counts, judged: counts === 'default' ? defaultBlock() : undefined };
}
/** Index of the best candidate among the slots that the block counts; undefined when there is none. */
export function bestCandidate(block) {
    let best;
    for (const [index, slot] of block.slots.slice(0, Math.min(block.slotCount, BLOCK_SLOTS)).entries()) {
        const rival = best === undefined ? undefined : block.slots[best];
        if (isCandidate(slot) && (rival === undefined || ranksAbove(slot, rival)))
            best = index;
    }
    return best;
}
/** The boot loader would take the slot if it were the only one. */
export function isCandidate(slot) {
    return candidateRow(slot)?.candidate ?? false;
}
/** The block that U-Boot makes from nothing: a first, every slot on trial with all tries. */
export function defaultBlock() {
    const fresh = {
        priority: MAX_PRIORITY,
        triesRemaining: MAX_TRIES,
        successful: false,
        verityCorrupted: false,
        reserved: 0,
    };
    return newAndroidBlock(suffixOf(0), [fresh, fresh]);
}
function decidingCopy(main, backup) {
    const row = COPY_TABLE.find((row) => matches(row.main, main) && matches(row.backup, backup));
    return row?.counts ?? 'refused';
}
function candidateRow(slot) {
    const tries = slot.triesRemaining > 0 ? 'some' : 'none';
    return CANDIDATE_TABLE.find((row) => matches(row.verityCorrupted, slot.verityCorrupted) &&
        matches(row.tries, tries) &&
        matches(row.successful, slot.successful));
}
/** Strictly better: between equals the earlier index stays. */
function ranksAbove(slot, rival) {
    const decisive = RANKING.find(({ of }) => of(slot) !== of(rival));
    return decisive !== undefined && decisive.of(slot) > decisive.of(rival);
}
/** The block as it is stored before the jump into slot `index`; without one only the slot count is trimmed. */
function booted(block, index) {
    const slotCount = Math.min(block.slotCount, BLOCK_SLOTS);
    if (index === undefined)
        return { ...block, slotCount };
    const slots = block.slots.map((slot, at) => at === index && candidateRow(slot)?.costsTry
        ? { ...slot, triesRemaining: slot.triesRemaining - 1 }
        : slot);
    return { ...block, suffix: suffixOf(index), slotCount, slots };
}
function suffixOf(index) {
    return `_${String.fromCharCode('a'.charCodeAt(0) + index)}\0\0`;
}
function finding(copy) {
    return copy.kind === 'block' ? 'good' : copy.fault;
}
function matches(pattern, value) {
    return pattern === ANY || pattern === value;
}
function same(block, copy) {
    return copy.length >= BLOCK_BYTES && Buffer.compare(block, copy.subarray(0, BLOCK_BYTES)) === 0;
}
