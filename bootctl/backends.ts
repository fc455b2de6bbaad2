/**
 * The table of boot control backends: the name in the configuration, and what opens it. A new boot loader is
 * one file and one row. It must not know how a backend works.
 */
import { openFileRegion } from './adapters/file-region.ts';
import { ReplacedFile } from './adapters/replaced-file.ts';
import { AndroidMisc } from './android-misc.ts';
import type { BootControlBackend, SlotName } from './backend.ts';
import { BootControlError } from './error.ts';
import type { Counting } from './grub-decision.ts';
import { GrubEnv } from './grub-env.ts';

/** What a backend may need to know of the board; each looks only at what its format has use for. */
export interface BackendOptions {
  /** File or device that holds the record; `uboot-env`: the `fw_env.config` that says where the copies lie. */
  readonly path: string;
  /** The slot that runs, where it is known: what a boot loader took from its counter is given back to it. */
  readonly booted?: SlotName | undefined;
  /** What the boot loader calls the slots, in formats of names and counters. */
  readonly names?: Readonly<Record<SlotName, string>> | undefined;
  /** Whose boot script counts: ours (slots on trial only) or a vendor's (every boot). */
  readonly counting?: Counting | undefined;
}

/** Opens a backend as the options say. */
export type OpenBackend = (options: BackendOptions) => Promise<BootControlBackend>;

export const BACKENDS = {
  'android-misc': async ({ path }) => new AndroidMisc(await openFileRegion(path)),
  'grub-env': async ({ path, ...options }) => new GrubEnv(new ReplacedFile(path), options),
} as const satisfies Readonly<Record<string, OpenBackend>>;

export type BackendName = keyof typeof BACKENDS;

/** Opens the backend that the configuration names. Errors: BACKEND_UNKNOWN, REGION_OPEN_FAILED. */
export function openBackend(name: string, options: BackendOptions): Promise<BootControlBackend> {
  if (isBackendName(name)) return BACKENDS[name](options);
  const known = Object.keys(BACKENDS).join(', ');
  return Promise.reject(
    new BootControlError('BACKEND_UNKNOWN', `there is no boot control backend "${name}"; known: ${known}`, {
      facts: { name },
    }),
  );
}

function isBackendName(name: string): name is BackendName {
  return Object.hasOwn(BACKENDS, name);
}
