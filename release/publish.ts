/**
 * Publish: a signed release directory goes into the folder that a static server serves. Payloads first, the channel
 * next, `release.json` last: at every moment the folder is the earlier release or the new one.
 */
import { createReadStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Channel, type Manifest, type PayloadFile, releaseIdentity } from '../format/index.ts';
import { type ChannelChange, type ChannelSigning, changeChannel, readChannel } from './channel.ts';
import { orReleaseError, ReleaseError } from './error.ts';
import { digestOfFile, TemporaryFile, writeDurably } from './files.ts';
import {
  awaitsSignature,
  ENVELOPE_FILE,
  exists,
  MANIFEST_FILE,
  readEnvelopeFile,
  readUnchecked,
} from './folder.ts';
import { manifestToSign } from './sign.ts';

/** `channel`: whom it is offered to; left out, the folder has no channel and everybody is meant. */
export interface PublishOptions {
  readonly from: string;
  readonly to: string;
  readonly channel?: Omit<ChannelChange, 'offered'> & ChannelSigning;
}

export interface PublishedRelease {
  readonly identity: string;
  readonly version: string;
  /** Payload files that were copied, and those that lay there already. */
  readonly copied: number;
  readonly kept: number;
  readonly channel: Channel | undefined;
}

/** Errors: OPTIONS_INVALID, RELEASE_UNREADABLE, PAYLOAD_MISMATCH, WRITE_FAILED, FormatError. */
export async function publishRelease({ from, to, channel }: PublishOptions): Promise<PublishedRelease> {
  const { manifest, signed } = await readUnchecked(from);
  if (!signed) throw new ReleaseError('OPTIONS_INVALID', `the release in ${from} is not signed yet`);
  if (await awaitsSignature(from)) {
    throw new ReleaseError(
      'OPTIONS_INVALID',
      `${MANIFEST_FILE} in ${from} is not what ${ENVELOPE_FILE} signs; sign first: donabe release sign ${from}`,
    );
  }
  if (channel === undefined && (await readChannel(to)) !== undefined) {
    throw new ReleaseError(
      'OPTIONS_INVALID',
      `${to} has a channel, and devices wait until it offers this release; give --key`,
    );
  }
  await orReleaseError('WRITE_FAILED', `${to} cannot be made`, () => mkdir(to, { recursive: true }));
  let copied = 0;
  const files = payloadsOf(manifest);
  for (const file of files) if (await copyPayload(from, to, file)) copied += 1;
  const identity = releaseIdentity(manifest);
  const offered = { identity, compatible: manifest.compatible };
  const written = channel && (await offer(to, offered, channel));
  const envelope = await readEnvelopeFile(from);
  const { payload } = await manifestToSign(from);
  await orReleaseError('WRITE_FAILED', `the release cannot be written to ${to}`, async () => {
    await writeDurably(join(to, MANIFEST_FILE), payload);
    await writeDurably(join(to, ENVELOPE_FILE), envelope);
  });
  return { identity, version: manifest.version, copied, kept: files.length - copied, channel: written };
}

function offer(
  to: string,
  offered: NonNullable<ChannelChange['offered']>,
  { keys, created, expires, ...change }: NonNullable<PublishOptions['channel']>,
): Promise<Channel> {
  const signing = { keys, created, ...(expires === undefined ? {} : { expires }) };
  return changeChannel(to, { ...change, offered }, signing);
}

function payloadsOf({ images }: Manifest): readonly PayloadFile[] {
  const files = images.flatMap((image) =>
    [image, ...image.deltas].flatMap(({ pack, index }) => [pack, index]),
  );
  // Two images of equal bytes have one payload.
  return [...new Map(files.map((file) => [file.name, file])).values()];
}

/** False when it lies there already; a file of equal bytes is left alone, so that a server's validator stays. */
async function copyPayload(from: string, to: string, { name, size, sha256 }: PayloadFile): Promise<boolean> {
  const target = join(to, name);
  if (await exists(target)) {
    const found = await orReleaseError('WRITE_FAILED', `${target} cannot be read`, () =>
      digestOfFile(target),
    );
    if (found.size === size && found.sha256 === sha256) return false;
  }
  return orReleaseError('WRITE_FAILED', `${name} cannot be copied to ${to}`, async () => {
    const file = await TemporaryFile.create(to, name);
    try {
      for await (const piece of createReadStream(join(from, name))) await file.append(piece);
      if (file.size !== size || file.digest() !== sha256) {
        throw new ReleaseError('PAYLOAD_MISMATCH', `${name} in ${from} is not what the manifest names`);
      }
      await file.publish(name);
    } finally {
      await file.discard();
    }
    return true;
  });
}
