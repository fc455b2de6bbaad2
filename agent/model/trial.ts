/** A new trial as the vault first sees it. */
import type { SlotName } from '../ports.ts';
import type { Trial } from './vault-rows.ts';

/** Is an update on its way into `slot`? A way back that a person or recovery wants is none. */
export function isUpdate(trial: Trial | undefined, slot: SlotName): trial is Trial {
  return trial?.slot === slot && trial.deployment !== '';
}

/** `deployment` is empty for a trial that no deployment stands behind (recovery, a person's rollback). */
export function newTrial(
  slot: SlotName,
  release: { readonly identity: string; readonly version: string },
  deployment: string,
  now: number,
): Trial {
  return {
    slot,
    identity: release.identity,
    version: release.version,
    deployment,
    boots: 0,
    lastBoot: '',
    refills: 0,
    verdict: undefined,
    reason: '',
    activatedAt: now,
    decidedAt: undefined,
  };
}
