/**
 * Taking back what is active and not yet booted, or what is still on its way (cancel). In one write of the
 * deciding copy the booted slot is active again and the target unbootable; only then the memory is told.
 */
import { otherSlot } from '../../bootctl/index.ts';
import type { Device } from '../device.ts';
import type { DeploymentOutcome } from '../model/deployment.ts';
import { inBootControl } from './boot-control-step.ts';
import { closeDeployment } from './close-deployment.ts';
import { readableRow } from './readable-row.ts';
import { discardData } from './restore-data.ts';

/** Safe to repeat after a cut at any point. Closes the open deployment of the other slot. */
export async function withdraw(
  device: Device,
  ending: { readonly outcome: DeploymentOutcome; readonly code: string; readonly reason: string },
): Promise<void> {
  const { booted, bootControl, vault } = device;
  const other = otherSlot(booted);
  // A slot that must not be booted is taken back whether the store can be read or not.
  const row = readableRow(device);
  const { record } = await vault.read();
  const boot = await inBootControl('look at the activation', () => bootControl.read());
  const ours = record.trial?.slot === other || (row?.slot === other && row.state === 'activated');
  if (ours || boot.active === other) {
    await inBootControl('withdraw the activation', () => bootControl.deactivate(other, booted));
  }
  if (row?.slot === other) {
    closeDeployment(device, row, ending.outcome, ending);
  }
  if (record.trial?.slot === other) await vault.write({ ...record, trial: undefined });
  await discardData(device);
  device.reporter.happened('withdrawn', ending.reason, { slot: other, code: ending.code });
  device.reporter.progress('idle', { deployment: '', progress: 0, reason: ending.reason });
}
