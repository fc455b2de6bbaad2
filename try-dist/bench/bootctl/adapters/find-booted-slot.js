/**
 * Which slot runs, from everything that can say so: the slot parameters of the kernel command line, its root
 * device, and a vendor's command. It looks at devices and runs the command; the rule is `booted-slot.ts`'s: all
 * that speak have to agree.
 */
import { readFile, stat } from 'node:fs/promises';
import { SLOT_NAMES } from '../backend.js';
import { DEFAULT_BOOT_NAMES, slotsInList } from '../boot-names.js';
import { agreedSlot, rootDevice, slotStatements } from '../booted-slot.js';
import { BootControlError } from '../error.js';
import { VendorProcess } from './vendor-process.js';
/** Errors: BOOTED_SLOT_UNKNOWN, COMMAND_FAILED, COMMAND_TIMEOUT. */
export async function findBootedSlot(clues) {
    const cmdline = await readFile(clues.cmdline, 'utf8').catch((cause) => {
        throw new BootControlError('BOOTED_SLOT_UNKNOWN', `${clues.cmdline} could not be read`, {
            facts: { path: clues.cmdline },
            cause,
        });
    });
    return agreedSlot([
        ...slotStatements(cmdline, clues.names),
        ...(await statementOfRoot(cmdline, clues)),
        ...(await statementOfCommand(clues)),
    ]);
}
/** A root that is no slot's partition (verity, an initramfs' own) says nothing; it contradicts nobody. */
async function statementOfRoot(cmdline, { partitions }) {
    const path = rootDevice(cmdline);
    const root = path === undefined ? undefined : await deviceOf(path);
    if (path === undefined || root === undefined)
        return [];
    const statements = [];
    for (const slot of SLOT_NAMES) {
        const devices = await Promise.all(partitions[slot].map(deviceOf));
        if (devices.includes(root))
            statements.push({ source: `root=${path}`, slot });
    }
    return statements;
}
async function statementOfCommand({ command: [program, ...words], names = DEFAULT_BOOT_NAMES, }) {
    if (program === undefined)
        return [];
    const answer = await new VendorProcess(program).run(words);
    const [slot] = slotsInList(answer, names, program);
    return [{ source: `${program}: ${answer}`, slot }];
}
/** Device number of a device, place of a file (emulation); undefined when it is not there. */
async function deviceOf(path) {
    try {
        const found = await stat(path, { bigint: true });
        return found.isBlockDevice() ? `device ${found.rdev}` : `file ${found.dev} ${found.ino}`;
    }
    catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
            return undefined;
        throw new BootControlError('BOOTED_SLOT_UNKNOWN', `${path} could not be looked at`, {
            facts: { path },
            cause: error,
        });
    }
}
