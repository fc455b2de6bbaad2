/**
 * Rule 13: *can I update again?* A slot from which no further update could be installed is not good, however
 * healthy it is. No vendor can switch this check off.
 */
import { otherSlot } from '../../bootctl/index.ts';
import type { Device } from '../device.ts';
import { AgentError } from '../errors.ts';
import { openManifest } from '../model/verified-manifest.ts';
import { everyGateAnswers } from './ask-gates.ts';
import { inBootControl } from './boot-control-step.ts';
import { readableRow } from './readable-row.ts';

interface Proof {
  readonly name: string;
  readonly prove: (device: Device, signal: AbortSignal) => Promise<void>;
}

/** In this order; the first that fails ends the trial. The serial port is proven by the shaken hand. */
const PROOFS: readonly Proof[] = [
  { name: 'keys', prove: keysAreUsable },
  {
    name: 'boot control',
    prove: async ({ bootControl }) => {
      await inBootControl('scrub the boot control', () => bootControl.scrub({ repair: true }));
      await inBootControl('decode the boot control', () => bootControl.read());
    },
  },
  { name: 'other slot', prove: otherSlotOpens },
  { name: 'gates', prove: everyGateAnswers },
];

/** Error: CANNOT_UPDATE_AGAIN with the proof that failed. */
export async function canUpdateAgain(device: Device, signal: AbortSignal): Promise<void> {
  for (const { name, prove } of PROOFS) {
    try {
      await prove(device, signal);
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      throw new AgentError(
        'CANNOT_UPDATE_AGAIN',
        `No further update would be possible (${name}): ${error.message}`,
        {
          cause: error,
          facts: { proof: name, code: error.code },
        },
      );
    }
  }
  // The store: when it could not be opened its partition is what failed, and no release is blamed for that.
  if (device.storeFault !== undefined) {
    device.reporter.happened('store-out-of-order', device.storeFault.message, {
      code: device.storeFault.code,
    });
  }
}

/** The envelope that installed this slot verifies with this slot's keys; without it, enough usable keys. */
async function keysAreUsable(device: Device): Promise<void> {
  const keys = await device.keys();
  const row = readableRow(device);
  if (row?.slot === device.booted) {
    openManifest(row.envelope, keys);
    return;
  }
  if (keys.ring.keys.length >= keys.threshold) return;
  throw new AgentError(
    'CONFIG_INVALID',
    `The key folder holds ${keys.ring.keys.length} usable keys, ${keys.threshold} are needed.`,
  );
}

async function otherSlotOpens(device: Device): Promise<void> {
  for (const slotClass of device.profile.slotClasses) {
    const target = await device.slots.openForUpdate(otherSlot(device.booted), slotClass);
    await target.close();
  }
}
