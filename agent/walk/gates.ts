/**
 * Step 7, gates: may the release be activated now? Windows, consent and roll-out come with their own issue;
 * what stands here is the manifest's own policy, and the interlock, which is no gate and cannot be passed.
 */
import type { Device } from '../device.ts';
import type { VerifiedManifest } from '../model/verified-manifest.ts';
import { awaitInterlock } from './interlock.ts';

/** `needs-consent`: the walk ends here, finalised; a person's `donabe install` goes on from there. */
export type GateVerdict = 'open' | 'needs-consent';

/** Waits for the interlock. Error: Stopped. */
export async function awaitGates(
  device: Device,
  release: VerifiedManifest,
  how: { readonly consented: boolean },
  signal: AbortSignal,
): Promise<GateVerdict> {
  const { apply } = release.manifest;
  if (apply === 'ask' && !how.consented) return 'needs-consent';
  // With `next-boot` everything runs on; the user's own next power-on boots the new slot.
  if (apply !== 'next-boot') await awaitInterlock(device, 'update', signal);
  return 'open';
}
