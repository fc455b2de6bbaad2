/**
 * Step 1 as well, where the configuration says so: the source's channel, before the download and again before the
 * flip. It only ever holds back: a person at the device, who names the source, is not asked by it.
 */
import { otherSlot } from '../../bootctl/index.ts';
import type { Channel } from '../../format/index.ts';
import type { Device } from '../device.ts';
import { AgentError } from '../errors.ts';
import { believeChannel } from '../model/channel.ts';
import { isUpdate } from '../model/trial.ts';
import type { VerifiedManifest } from '../model/verified-manifest.ts';
import type { Source } from '../ports.ts';
import { askChannel } from './channel-copy.ts';
import { currentFloors } from './verify.ts';
import { withdraw } from './withdraw.ts';

/** A person at the device, who names the source, is not bound by its channel. */
interface Bound {
  readonly consented: boolean;
  readonly forced: boolean;
}

/**
 * As `hearChannel`, and what was withdrawn and is not yet booted is gone on return.
 * Errors: those of `hearChannel`, and of boot control and store.
 */
export async function readChannel(
  device: Device,
  source: Source,
  how: Bound,
  signal: AbortSignal,
): Promise<Channel | undefined> {
  const channel = await hearChannel(device, source, how, signal);
  if (channel === undefined) return undefined;
  await dropWithdrawn(device, channel);
  offerRollback(device, channel);
  return channel;
}

/**
 * Undefined: nobody wants to hear a channel. Durable: the sequence in the vault, at once.
 * Errors: CHANNEL_MISSING, CHANNEL_REJECTED, CHANNEL_REPLAYED; those of the source; VAULT_WRITE_FAILED.
 */
export async function hearChannel(
  device: Device,
  source: Source,
  how: Bound,
  signal: AbortSignal,
): Promise<Channel | undefined> {
  const { channelKeys, clock, profile, vault } = device;
  if (channelKeys === undefined || how.consented || how.forced) return undefined;
  const heard = await askChannel(device, source, signal);
  if (heard === undefined) {
    throw new AgentError(
      'CHANNEL_MISSING',
      `${source.name} has no channel.json; publish one, or unset server.channel.`,
    );
  }
  const { record } = await vault.read();
  const before = record.channels ?? [];
  const { channel, known } = believeChannel(
    heard.envelope,
    await channelKeys(),
    profile.compatible,
    before,
    await currentFloors(device, record),
    { now: clock.now(), synchronised: clock.synchronised() },
  );
  if (known !== before) await vault.write({ ...record, channels: known });
  heard.keep();
  return channel;
}

/** The list's entry for a release; undefined: it was not withdrawn. */
export function withdrawnIn(
  { withdrawn }: Channel,
  identity: string | undefined,
): Channel['withdrawn'][number] | undefined {
  return withdrawn.find((entry) => entry.identity === identity);
}

/** Error: RELEASE_WITHDRAWN. */
export function refuseWithdrawn(
  channel: Channel | undefined,
  { identity, manifest }: VerifiedManifest,
): void {
  const entry = channel && withdrawnIn(channel, identity);
  if (entry === undefined) return;
  throw new AgentError('RELEASE_WITHDRAWN', `Release ${manifest.version} was withdrawn: ${entry.reason}.`, {
    facts: { version: manifest.version },
  });
}

/** On its way, or active and not yet booted: it is taken back. */
async function dropWithdrawn(device: Device, channel: Channel): Promise<void> {
  const { trial } = (await device.vault.read()).record;
  const other = otherSlot(device.booted);
  const row = device.store.deployment();
  const update = isUpdate(trial, other) ? trial : undefined;
  const coming = row?.slot === other ? row : update;
  const entry = withdrawnIn(channel, coming?.identity);
  if (coming === undefined || entry === undefined) return;
  await withdraw(device, {
    outcome: 'cancelled',
    code: 'RELEASE_WITHDRAWN',
    reason: `release ${coming.version} was withdrawn: ${entry.reason}`,
  });
}

/** A release that runs is never undone from afar: a person is told, and may go back. */
function offerRollback({ profile, release, reporter }: Device, channel: Channel): void {
  const entry = withdrawnIn(channel, profile.bootedIdentity);
  const isNew = entry !== undefined && reporter.last.conditions?.includes('withdrawn') !== true;
  reporter.condition('withdrawn', entry !== undefined);
  if (!isNew) return;
  reporter.happened(
    'rollback-offered',
    `Release ${release.version}, which runs here, was withdrawn: ${entry.reason}; donabe rollback goes back.`,
    { version: release.version },
  );
}
