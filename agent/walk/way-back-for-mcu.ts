/**
 * Rule 9: nothing is activated unless the MCU firmware that belongs to the booted slot is at hand and right. Asked
 * before a byte is written, and again just before the flip.
 */
import { shortDigest } from '../../mcu-bridge/index.ts';
import type { Device } from '../device.ts';
import { AgentError } from '../errors.ts';
import type { VerifiedManifest } from '../model/verified-manifest.ts';

/**
 * Errors: MCU_FIRMWARE_DAMAGED; MCU_NO_WAY_BACK when the booted image carries none and the MCU runs another one than
 * the release; where the MCU itself has to be asked, MCU_SILENT and MCU_FAILED; the signal's reason.
 */
export async function requireWayBackForMcu(
  device: Device,
  { manifest }: Pick<VerifiedManifest, 'manifest'>,
  signal: AbortSignal,
): Promise<void> {
  await device.firmware?.check();
  const { mcuFirmware: offered } = manifest;
  if (device.mcu === undefined || offered === undefined || device.firmware !== undefined) return;
  const { version } = await device.mcu.handshake(signal);
  if (version.firmwareDigest === shortDigest(offered.sha256)) return;
  throw new AgentError(
    'MCU_NO_WAY_BACK',
    `Release ${manifest.version} brings MCU firmware ${offered.version}, and the booted image carries none to go back to. ` +
      `A release that carries the MCU's present one (${version.firmware ?? 'none'}) has to come first.`,
    { facts: { version: manifest.version } },
  );
}
