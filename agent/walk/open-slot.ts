/**
 * Step 4, open the slot: from here on the inactive slot is taken apart. Durable, in this order: the intent in
 * the store, no seal in the vault, unbootable in every copy of the boot control, the first chunk of every image
 * zero (rules 2, 3 and 7).
 */
import { otherSlot } from '../../bootctl/index.ts';
import type { Device } from '../device.ts';
import { AgentError } from '../errors.ts';
import type { Deployment } from '../model/deployment.ts';
import { isGood } from '../model/entry-table.ts';
import { type ImagePlan, needsBase, type UpdatePlan } from '../model/plan.ts';
import type { ImageReader, ImageTarget, SlotName } from '../ports.ts';
import { inBootControl } from './boot-control-step.ts';
import { closeDeployment } from './close-deployment.ts';
import { hasFallback } from './fallback.ts';
import { withdraw } from './withdraw.ts';

/** One image on its way into the slot. */
export interface OpenImage {
  readonly plan: ImagePlan;
  readonly target: ImageTarget;
  /** The booted slot's partition, for copies and deltas; undefined when the plan needs none. */
  readonly base: ImageReader | undefined;
}

/** What the intent row needs to know of the offer. */
export interface Intent {
  readonly sequence: number;
  readonly envelope: Uint8Array;
  readonly source: string;
  readonly forced: boolean;
}

export interface OpenedSlot {
  readonly deployment: Deployment;
  readonly images: readonly OpenImage[];
}

/** Errors: BOOTED_NOT_GOOD, those of slots, boot control, store and vault. */
export async function openSlot(
  device: Device,
  plan: UpdatePlan,
  intent: Intent,
  signal: AbortSignal,
): Promise<OpenedSlot> {
  await refuseOnTrial(device, signal);
  const images: OpenImage[] = [];
  try {
    // Opened before anything is written: a target that is the booted slot or busy must change nothing.
    for (const image of plan.images) {
      images.push(await openImage(device, plan.slot, image));
    }
    await takeBackActivation(device, plan);
    const deployment = recordIntent(device, plan, intent);
    await forgetSeal(device, plan);
    await inBootControl('open the slot', async () => {
      await device.bootControl.scrub({ repair: true });
      await device.bootControl.markUnbootable(plan.slot);
    });
    for (const image of images) await withholdFirstChunk(image);
    return { deployment, images };
  } catch (error) {
    await closeAll(images);
    throw error;
  }
}

async function openImage({ slots, booted }: Device, slot: SlotName, plan: ImagePlan): Promise<OpenImage> {
  const target = await slots.openForUpdate(slot, plan.slotClass);
  try {
    return {
      plan,
      target,
      base: needsBase(plan) ? await slots.openForReading(booted, plan.slotClass) : undefined,
    };
  } catch (error) {
    await target.close();
    throw error;
  }
}

/** Zeros where the first chunk belongs, durable: a slot without its beginning cannot boot by accident. */
export async function withholdFirstChunk({ plan, target }: OpenImage): Promise<void> {
  await target.write(0, target.memory(plan.index.entry(0).length).fill(0));
  await target.flush();
}

export async function closeAll(images: readonly OpenImage[]): Promise<void> {
  for (const { target, base } of images) {
    await target.close();
    await base?.close();
  }
}

/** Rule 7: on a trial the other slot is the way back. Without a fallback an update is the repair. */
async function refuseOnTrial(device: Device, signal: AbortSignal): Promise<void> {
  const boot = await inBootControl('judge the booted slot', () => device.bootControl.read());
  const { record } = await device.vault.read();
  if (isGood(device.booted, boot, record)) return;
  if (!(await hasFallback(device, signal))) return;
  const other = otherSlot(device.booted);
  throw new AgentError(
    'BOOTED_NOT_GOOD',
    `Slot ${device.booted} is on trial and slot ${other} is the way back, so it is not opened.`,
    { facts: { booted: device.booted, fallback: other } },
  );
}

/**
 * What is active and not yet booted is taken back first, the boot control before the store: a cut in between must
 * not boot the old content under the new row's name.
 */
async function takeBackActivation(device: Device, plan: UpdatePlan): Promise<void> {
  const boot = await inBootControl('look at the activation', () => device.bootControl.read());
  if (boot.active !== plan.slot) return;
  await withdraw(device, { outcome: 'replaced', code: '', reason: `replaced by ${plan.version}` });
}

/** The open row of this identity and slot goes on; any other one is replaced. */
function recordIntent(device: Device, plan: UpdatePlan, intent: Intent): Deployment {
  const { store, clock } = device;
  const open = store.deployment();
  // A row remembers force over a restart, so one that does not know of it yet is replaced.
  const knowsForce = open?.forced === true || !intent.forced;
  if (open?.identity === plan.identity && open.slot === plan.slot && knowsForce) {
    store.setEnvelope(open.id, intent.envelope);
    store.setState(open.id, 'fetching', undefined);
    tell(device, 'deployment-resumed', open);
    return { ...open, envelope: intent.envelope, state: 'fetching' };
  }
  if (open !== undefined) {
    closeDeployment(device, open, 'replaced', { code: '', reason: `replaced by ${plan.version}` });
  }
  const opened = store.open({
    id: deploymentId(plan.identity, clock.now(), device.random()),
    identity: plan.identity,
    version: plan.version,
    sequence: intent.sequence,
    slot: plan.slot,
    source: intent.source,
    envelope: intent.envelope,
    forced: intent.forced,
    openedAt: clock.now(),
  });
  tell(device, 'deployment-opened', opened);
  return opened;
}

function tell(
  { reporter }: Device,
  event: 'deployment-opened' | 'deployment-resumed',
  { id, version, slot }: Deployment,
): void {
  const verb = event === 'deployment-opened' ? 'brings' : 'goes on to bring';
  reporter.happened(event, `Deployment ${id} ${verb} ${version} into slot ${slot}.`, {
    deployment: id,
    version,
    slot,
  });
}

/** The old content is about to go, so nobody may trust the slot by its old seal, nor blame it for old sins. */
async function forgetSeal(device: Device, plan: UpdatePlan): Promise<void> {
  const { record } = await device.vault.read();
  const { [plan.slot]: seal, ...seals } = record.seals;
  const trial = record.trial?.slot === plan.slot ? undefined : record.trial;
  const markedBad = record.markedBad.filter((slot) => slot !== plan.slot);
  const unchanged =
    seal === undefined && trial === record.trial && markedBad.length === record.markedBad.length;
  if (!unchanged) await device.vault.write({ ...record, seals, trial, markedBad });
}

/** Sortable by time, unique enough for one device, short enough to read aloud. */
function deploymentId(identity: string, now: number, random: number): string {
  const salt = Math.floor(random * 0x10000)
    .toString(16)
    .padStart(4, '0');
  return `${now.toString(36)}-${identity.slice(0, 8)}-${salt}`;
}
