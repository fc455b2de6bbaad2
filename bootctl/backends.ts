/**
 * The table of boot control backends: the name in the configuration, and what opens it. A new boot loader is
 * one file and one row. It must not know how a backend works.
 */
import { openFileRegion } from './adapters/file-region.ts';
import { AndroidMisc } from './android-misc.ts';
import type { BootControlBackend } from './backend.ts';
import { BootControlError } from './error.ts';

/** Opens a backend over the file or device at `path`. */
export type OpenBackend = (path: string) => Promise<BootControlBackend>;

export const BACKENDS = {
  'android-misc': async (path) => new AndroidMisc(await openFileRegion(path)),
} as const satisfies Readonly<Record<string, OpenBackend>>;

export type BackendName = keyof typeof BACKENDS;

/** Opens the backend that the configuration names. Errors: BACKEND_UNKNOWN, REGION_OPEN_FAILED. */
export function openBackend(name: string, path: string): Promise<BootControlBackend> {
  if (isBackendName(name)) return BACKENDS[name](path);
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
