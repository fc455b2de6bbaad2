/**
 * The table of boot control backends: the name in the configuration, and what opens it. A new boot loader is
 * one file and one row. It must not know how a backend works.
 */
import { endianness } from 'node:os';
import { openEnvMedium } from './adapters/env-places.ts';
import { openFileRegion } from './adapters/file-region.ts';
import { ReplacedFile } from './adapters/replaced-file.ts';
import { VendorProcess } from './adapters/vendor-process.ts';
import { AndroidMisc } from './android-misc.ts';
import type { BootControlBackend, SlotName } from './backend.ts';
import { checkedBootNames, DEFAULT_BOOT_NAMES } from './boot-names.ts';
import { BootControlError } from './error.ts';
import type { Counting } from './grub-decision.ts';
import { GrubEnv } from './grub-env.ts';
import { ScriptBackend } from './script.ts';
import type { UbootCounting } from './uboot-decision.ts';
import { UbootEnv } from './uboot-env.ts';

/** What a backend may need to know of the board; each looks only at what its format has use for. */
export interface BackendOptions {
  /** File or device that holds the record; `uboot-env`: the `fw_env.config` that says where the copies lie. */
  readonly path: string;
  /** The slot that runs, where it is known: what a boot loader took from its counter is given back to it. */
  readonly booted?: SlotName | undefined;
  /** What the boot loader calls the slots, in formats of names and counters. */
  readonly names?: Readonly<Record<SlotName, string>> | undefined;
  /** Who counts: our boot script (slots on trial only), a vendor's (every boot), U-Boot's own boot counter. */
  readonly counting?: UbootCounting | undefined;
  /** `uboot-env`: the lock files of the field's tools, where they are not at their usual places. */
  readonly locks?: readonly string[] | undefined;
  /** `script`: the file that keeps the trial mark, since a vendor's five verbs have no word for it. */
  readonly trialMark?: string | undefined;
}

/** Who may count, by the name in a configuration. */
const COUNTINGS: readonly UbootCounting[] = ['donabe', 'vendor', 'bootcount'];

/** Error: BOOT_CONTROL_OPTION. */
export function countingNamed(name: string): UbootCounting {
  const found = COUNTINGS.find((counting) => counting === name);
  if (found !== undefined) return found;
  throw new BootControlError(
    'BOOT_CONTROL_OPTION',
    `"${name}" is nobody who counts boots; known: ${COUNTINGS.join(', ')}`,
    { facts: { option: 'counting', name } },
  );
}

/** U-Boot stores its checksum as the CPU does, and the agent runs on the same one. */
const CPU = endianness() === 'LE' ? 'little' : 'big';

/** Opens a backend as the options say. */
export type OpenBackend = (options: BackendOptions) => Promise<BootControlBackend>;

export const BACKENDS = {
  'android-misc': async ({ path }) => new AndroidMisc(await openFileRegion(path)),
  'uboot-env': async ({ path, locks, names, ...options }) => {
    // Before anything is opened, so that nothing is left open.
    const checked = checkedBootNames(names ?? DEFAULT_BOOT_NAMES);
    return new UbootEnv(await openEnvMedium(path, { locks }), { ...options, names: checked, endian: CPU });
  },
  'grub-env': async ({ path, counting, ...options }) =>
    new GrubEnv(new ReplacedFile(path), { ...options, counting: scripted(counting) }),
  script: async ({ path, names, trialMark }) =>
    new ScriptBackend(new VendorProcess(path), new ReplacedFile(required(trialMark)), names),
} as const satisfies Readonly<Record<string, OpenBackend>>;

export type BackendName = keyof typeof BACKENDS;

/** Opens the backend that the configuration names. Errors: BACKEND_UNKNOWN, BOOT_CONTROL_OPTION, REGION_OPEN_FAILED. */
export function openBackend(name: string, options: BackendOptions): Promise<BootControlBackend> {
  if (isBackendName(name)) return BACKENDS[name](options);
  const known = Object.keys(BACKENDS).join(', ');
  return Promise.reject(
    new BootControlError('BACKEND_UNKNOWN', `there is no boot control backend "${name}"; known: ${known}`, {
      facts: { name },
    }),
  );
}

/** GRUB has no boot counter of its own. */
function scripted(counting: UbootCounting | undefined): Counting | undefined {
  if (counting !== 'bootcount') return counting;
  throw new BootControlError(
    'BOOT_CONTROL_OPTION',
    'GRUB has no boot counter; counting is donabe or vendor there',
    { facts: { option: 'counting' } },
  );
}

function required(trialMark: string | undefined): string {
  if (trialMark !== undefined && trialMark !== '') return trialMark;
  throw new BootControlError(
    'BOOT_CONTROL_OPTION',
    'the script backend needs a file for the trial mark, outside the slots; name one',
    { facts: { option: 'trialMark' } },
  );
}

function isBackendName(name: string): name is BackendName {
  return Object.hasOwn(BACKENDS, name);
}
