/**
 * The table of boot control backends: the name in the configuration, and what opens it. A new boot loader is
 * one file and one row. It must not know how a backend works.
 */
import { endianness } from 'node:os';
import { openEnvMedium } from './adapters/env-places.js';
import { openFileRegion } from './adapters/file-region.js';
import { ReplacedFile } from './adapters/replaced-file.js';
import { VendorProcess } from './adapters/vendor-process.js';
import { AndroidMisc } from './android-misc.js';
import { checkedBootNames, DEFAULT_BOOT_NAMES } from './boot-names.js';
import { BootControlError } from './error.js';
import { GrubEnv } from './grub-env.js';
import { ScriptBackend } from './script.js';
import { UbootEnv } from './uboot-env.js';
/** Who may count, by the name in a configuration. */
const COUNTINGS = ['donabe', 'vendor', 'bootcount'];
/** Error: BOOT_CONTROL_OPTION. */
export function countingNamed(name) {
    const found = COUNTINGS.find((counting) => counting === name);
    if (found !== undefined)
        return found;
    throw new BootControlError('BOOT_CONTROL_OPTION', `"${name}" is nobody who counts boots; known: ${COUNTINGS.join(', ')}`, { facts: { option: 'counting', name } });
}
/** U-Boot stores its checksum as the CPU does, and the agent runs on the same one. */
const CPU = endianness() === 'LE' ? 'little' : 'big';
export const BACKENDS = {
    'android-misc': async ({ path }) => new AndroidMisc(await openFileRegion(path)),
    'uboot-env': async ({ path, locks, names, ...options }) => {
        // Before anything is opened, so that nothing is left open.
        const checked = checkedBootNames(names ?? DEFAULT_BOOT_NAMES);
        return new UbootEnv(await openEnvMedium(path, { locks }), { ...options, names: checked, endian: CPU });
    },
    'grub-env': async ({ path, counting, ...options }) => new GrubEnv(new ReplacedFile(path), { ...options, counting: scripted(counting) }),
    script: async ({ path, names, trialMark }) => new ScriptBackend(new VendorProcess(path), new ReplacedFile(required(trialMark)), names),
};
/** Opens the backend that the configuration names. Errors: BACKEND_UNKNOWN, BOOT_CONTROL_OPTION, REGION_OPEN_FAILED. */
export function openBackend(name, options) {
    if (isBackendName(name))
        return BACKENDS[name](options);
    const known = Object.keys(BACKENDS).join(', ');
    return Promise.reject(new BootControlError('BACKEND_UNKNOWN', `there is no boot control backend "${name}"; known: ${known}`, {
        facts: { name },
    }));
}
/** GRUB has no boot counter of its own. */
function scripted(counting) {
    if (counting !== 'bootcount')
        return counting;
    throw new BootControlError('BOOT_CONTROL_OPTION', 'GRUB has no boot counter; counting is donabe or vendor there', { facts: { option: 'counting' } });
}
function required(trialMark) {
    if (trialMark !== undefined && trialMark !== '')
        return trialMark;
    throw new BootControlError('BOOT_CONTROL_OPTION', 'the script backend needs a file for the trial mark, outside the slots; name one', { facts: { option: 'trialMark' } });
}
function isBackendName(name) {
    return Object.hasOwn(BACKENDS, name);
}
