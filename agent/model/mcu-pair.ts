/**
 * Rule 9: does the MCU run the firmware that belongs to the booted image? Pure: version reply in, verdict out.
 */
import type { McuFirmware } from '../../format/index.ts';
import { type McuVersion, PROTOCOL_VERSION, shortDigest } from '../../mcu-bridge/index.ts';

/** Version and digest must both fit: a digest tells two builds of one version apart, a version a firmware that lies. */
export function belongs(own: McuFirmware, version: McuVersion): boolean {
  if (version.answering !== 'application' || version.firmware !== own.version) return false;
  return version.firmwareDigest === undefined || version.firmwareDigest === shortDigest(own.sha256);
}

/** Does an MCU of this protocol range understand the core set that this agent speaks? */
export function speaksCoreSet({ lowest, highest }: McuVersion['protocol']): boolean {
  return lowest <= PROTOCOL_VERSION && PROTOCOL_VERSION <= highest;
}

/** What an MCU runs, for persons. */
export function described({ answering, firmware, firmwareDigest }: McuVersion): string {
  if (firmware === undefined) return 'no firmware';
  const where = answering === 'boot-loader' ? ', in its boot loader' : '';
  return `${firmware} (${firmwareDigest ?? 'digest not known'}${where})`;
}
