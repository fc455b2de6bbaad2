/** Is this very release active and only waiting to be booted (policy `next-boot`)? Then there is nothing to do. */
import { otherSlot } from '../../bootctl/index.ts';
import type { Channel } from '../../format/index.ts';
import type { Device } from '../device.ts';
import { cohortMember, rollOutShare } from '../model/gates/roll-out.ts';
import type { VerifiedManifest } from '../model/verified-manifest.ts';
import { inBootControl } from './boot-control-step.ts';
import { isWanted } from './persons.ts';
import { withdraw } from './withdraw.ts';

/**
 * False as well when the publisher holds it back by now (paused, not offered any more, not for this device): then it
 * is taken back, and the gates before the download hold it; not what a person wanted here. `channel` undefined: nobody
 * is asked.
 */
export async function alreadyActive(
  device: Device,
  release: VerifiedManifest,
  channel: Channel | undefined,
): Promise<boolean> {
  const row = device.store.deployment();
  // A cut between the flip and the row leaves a row that says finalised: the boot control knows better.
  if (row?.identity !== release.identity || row.state === 'fetching') return false;
  if (row.slot === device.booted) return false;
  const boot = await inBootControl('look at the activation', () => device.bootControl.read());
  if (boot.active !== otherSlot(device.booted)) return false;
  const { labels, region } = device.gates;
  const moment = { device: { id: device.id, labels, region }, release, rollOut: channel };
  const answer = rollOutShare(moment) ?? cohortMember(moment);
  if (answer === undefined || row.forced || isWanted(device, release.identity)) return true;
  const reason = `release ${row.version} is held back: ${answer.reason}`;
  await withdraw(device, { outcome: 'cancelled', code: 'RELEASE_WITHDRAWN', reason });
  return false;
}
