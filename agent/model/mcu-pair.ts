/**
 * Rule 9: does the MCU run the firmware that belongs to the booted image? Pure: version reply in, verdict out; and how long
 * a pair that could not be made is left alone.
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

/** Rule 9: after five attempts it is tried again at each boot and this often. ms */
const MISMATCH_RETRY_MS = 6 * 60 * 60_000;
/** A cooker that is at work, or silent, is looked at again this soon: cheap, and somebody may be waiting to heat. ms */
const LOOK_AGAIN_MS = 15 * 60_000;

/** One process's knowledge of the pair; a new boot begins with none. */
export class PairKeeper {
  #failedAt: number | undefined;
  #settled = true;

  /** True when the last series of attempts failed less than 6 h ago. */
  rests(now: number): boolean {
    return this.#failedAt !== undefined && now - this.#failedAt < MISMATCH_RETRY_MS;
  }

  seriesFailed(now: number): void {
    this.#failedAt = now;
  }

  set settled(settled: boolean) {
    this.#settled = settled;
    if (settled) this.#failedAt = undefined;
  }

  /** How long the pair may be left alone, ms; for ever when it fits. */
  lookAgainIn(now: number): number {
    if (this.#settled) return Number.POSITIVE_INFINITY;
    return this.rests(now) ? MISMATCH_RETRY_MS - (now - (this.#failedAt ?? now)) : LOOK_AGAIN_MS;
  }
}
