/**
 * Step 7, gates: may the release be activated now? Windows, consent and roll-out come with their own issue;
 * what stands here is the manifest's own policy, and the interlock, which is no gate and cannot be passed.
 */
import type { Device } from '../device.ts';
import type { RebootPurpose } from '../model/interlock.ts';
import type { VerifiedManifest } from '../model/verified-manifest.ts';
import { awaitInterlock, type Opened } from './interlock.ts';

/** Not open: a person's yes is missing. The walk ends here, finalised; their `donabe install` goes on from there. */
export type GateVerdict =
  | { readonly open: true; readonly interlock: Opened | undefined }
  | { readonly open: false };

/** Waits for the interlock. Error: Stopped. */
export async function awaitGates(
  device: Device,
  release: VerifiedManifest,
  how: { readonly consented: boolean; readonly forced: boolean },
  signal: AbortSignal,
): Promise<GateVerdict> {
  const { apply } = release.manifest;
  if (apply === 'ask' && !how.consented) return { open: false };
  // With `next-boot` everything runs on; the user's own next power-on boots the new slot.
  if (apply === 'next-boot') return { open: true, interlock: undefined };
  return { open: true, interlock: await awaitInterlock(device, purposeOf(how), signal) };
}

/** A technician's `--force` reboots beside a silent MCU; one that cooks it waits for like everybody else. */
export function purposeOf({ forced }: { readonly forced: boolean }): RebootPurpose {
  return forced ? 'forced' : 'update';
}
