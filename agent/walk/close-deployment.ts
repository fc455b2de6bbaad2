/** The one way in which a deployment's row is closed: the store first, then whoever listens. */
import type { Device } from '../device.ts';
import type { Deployment, DeploymentOutcome } from '../model/deployment.ts';

/** How it ended, beside its outcome. */
interface Why {
  /** Stable code of the error or check that ended it; empty when it was confirmed. */
  readonly code: string;
  readonly reason: string;
  /** From the decision to the report of the good slot, ms; only of a rollback. */
  readonly rollbackMs?: number;
}

/** Durable on return. Error: STORE_UNWRITABLE. */
export function closeDeployment(
  { clock, reporter, store }: Pick<Device, 'clock' | 'reporter' | 'store'>,
  { id, version }: Deployment,
  outcome: DeploymentOutcome,
  { code, reason, rollbackMs }: Why,
): void {
  store.close(id, outcome, { code, reason, at: clock.now(), rollbackMs, bytes: undefined });
  const because = reason === '' ? '.' : `: ${reason}`;
  reporter.happened('deployment-closed', `Deployment ${id} of ${version} is ${outcome}${because}`, {
    deployment: id,
    version,
    outcome,
    code,
  });
}
