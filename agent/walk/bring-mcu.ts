/**
 * Brings the MCU to the firmware that belongs to the booted image (rule 9): transfer from the image's own copy, start
 * on trial, shake hands, accept. Each part may be cut and is gone on with by the next attempt, in whatever process.
 */
import type { Device } from '../device.ts';
import { AgentError, type AgentErrorCode } from '../errors.ts';
import { SILENCE_BEFORE_ROLLBACK_MS } from '../model/interlock.ts';
import { belongs, described, speaksCoreSet } from '../model/mcu-pair.ts';
import type { Mcu, McuHand, OwnFirmware } from '../ports.ts';
import { awaitFlash, lookAtMcu } from './interlock.ts';

/** Rule 9: so often, then the release is to blame, or Linux stays up in state `mcu-mismatch`. */
export const MOST_ATTEMPTS = 5;
/** Pause between two hands held out to a silent MCU; the link has its own short retries. ms */
const HANDSHAKE_PAUSE_MS = 2_000;
/** An MCU is back a second or two after a reset; one that verifies its flash first takes longer. ms */
export const RESET_PATIENCE_MS = 30_000;
const FIRST_BACKOFF_MS = 1_000;
/** No further attempt would change it, or the caller wants none. */
const ENDS_THE_SERIES: readonly AgentErrorCode[] = ['MCU_FIRMWARE_DAMAGED', 'MCU_AT_WORK'];

/** What an attempt works with. `held`: see `awaitFlash`. */
interface Bringing {
  readonly device: Device;
  readonly mcu: Mcu;
  readonly own: OwnFirmware;
  readonly held: () => Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Returns when the MCU runs the booted image's firmware, accepted; in any mode when it does so already.
 * Errors: MCU_SILENT after 15 min; MCU_FIRMWARE_FAILED after five attempts; MCU_FIRMWARE_DAMAGED; what
 * `held` throws; the signal's reason.
 */
export async function bringMcu(
  device: Device,
  mcu: Mcu,
  own: OwnFirmware,
  held: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  for (let failed = 0; ; ) {
    const { version } = await awaitHand(device, mcu, SILENCE_BEFORE_ROLLBACK_MS, signal);
    try {
      return await attempt({ device, mcu, own, held, signal }, version);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof AgentError) || ENDS_THE_SERIES.includes(error.code)) throw error;
      device.reporter.happened('mcu-attempt-failed', error.message, { code: error.code, ...error.facts });
      // Somebody pressed start in between: that is nobody's failure.
      if (await startedCooking(device, error, signal)) continue;
      failed += 1;
      if (failed === MOST_ATTEMPTS) throw attemptsSpent(own, error);
      await device.clock.sleep(FIRST_BACKOFF_MS * 2 ** failed, signal);
      signal.throwIfAborted();
    }
  }
}

/** The shaken hand of an MCU that may be resetting. Errors: MCU_SILENT when `patienceMs` are over; the signal's reason. */
export async function awaitHand(
  { clock, reporter }: Device,
  mcu: Mcu,
  patienceMs: number,
  signal: AbortSignal,
): Promise<McuHand> {
  const began = clock.monotonic();
  for (;;) {
    try {
      const hand = await mcu.handshake(signal);
      reporter.happened(
        'mcu-answered',
        `The MCU runs ${described(hand.version)} and is ${hand.status.modeName}.`,
      );
      return hand;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof AgentError)) throw error;
      const silentMs = clock.monotonic() - began;
      if (silentMs >= patienceMs) {
        throw new AgentError('MCU_SILENT', `The MCU has been silent for ${Math.round(silentMs / 1000)} s.`, {
          cause: error,
        });
      }
      reporter.progress(reporter.last.phase, { status: 'waiting', reason: error.message });
    }
    await clock.sleep(HANDSHAKE_PAUSE_MS, signal);
    signal.throwIfAborted();
  }
}

async function attempt(work: Bringing, version: McuHand['version']): Promise<void> {
  const { device, mcu, own, held, signal } = work;
  if (!belongs(own, version)) {
    if (!speaksCoreSet(version.protocol)) throw notOurs(own, `speaks protocol ${range(version)}`);
    await own.check();
    await awaitFlash(device, signal, held);
    // Another release's firmware on trial: the one before it may well be ours.
    if (!belongs(own, await withoutTrial(work, version))) await install(work);
  }
  if ((await mcu.transferState(signal)).state === 'on-trial') await mcu.accept(own.sha256, signal);
  device.reporter.happened('mcu-belongs', `The MCU runs ${own.version}, which belongs to this image.`);
}

async function withoutTrial(
  { device, mcu, signal }: Bringing,
  version: McuHand['version'],
): Promise<McuHand['version']> {
  if ((await mcu.transferState(signal)).state !== 'on-trial') return version;
  await mcu.abort(signal);
  return (await awaitHand(device, mcu, RESET_PATIENCE_MS, signal)).version;
}

/** Transfer, start, handshake. Error: MCU_FIRMWARE_FAILED when something else runs afterwards. */
async function install({ device, mcu, own, held, signal }: Bringing): Promise<void> {
  const { reporter } = device;
  reporter.happened('mcu-transfer-begun', `MCU firmware ${own.version} is transferred (${own.size} bytes).`);
  await mcu.transfer(own, showTenths(device, own), signal);
  // The transfer took its time: starting it resets the MCU, so it is asked again.
  await awaitFlash(device, signal, held);
  await mcu.activate(own.sha256, signal);
  reporter.happened('mcu-activated', `MCU firmware ${own.version} is started on trial.`);
  const { version } = await awaitHand(device, mcu, RESET_PATIENCE_MS, signal);
  if (!belongs(own, version)) throw notOurs(own, `runs ${described(version)}`);
}

/** A frame holds some 200 bytes: each of them as an event of its own would fill the log. */
function showTenths({ reporter }: Device, { version, size }: OwnFirmware): (bytes: number) => void {
  const { phase } = reporter.last;
  let shown = -1;
  return (bytes) => {
    const tenth = Math.floor((10 * bytes) / size);
    if (tenth === shown) return;
    shown = tenth;
    reporter.progress(phase, { reason: `MCU firmware ${version}: ${tenth * 10} % transferred` });
  };
}

/** Refused because the mode forbids it, by an MCU that was free a moment ago. */
async function startedCooking(device: Device, error: AgentError, signal: AbortSignal): Promise<boolean> {
  if (error.facts['reason'] !== 'notAllowed') return false;
  const view = await lookAtMcu(device, 'flash', device.clock.monotonic(), signal);
  return view.kind === 'answered' && view.status.class !== 'free' && !view.allowed;
}

function range({ protocol }: McuHand['version']): string {
  return `${protocol.lowest} to ${protocol.highest}`;
}

function notOurs(own: OwnFirmware, found: string): AgentError {
  return new AgentError('MCU_FIRMWARE_FAILED', `The MCU should run ${own.version}; it ${found}.`, {
    facts: { wanted: own.version },
  });
}

function attemptsSpent(own: OwnFirmware, cause: AgentError): AgentError {
  return new AgentError(
    'MCU_FIRMWARE_FAILED',
    `The MCU could not be brought to ${own.version} in ${MOST_ATTEMPTS} attempts; the last one: ${cause.message}`,
    { cause, facts: { wanted: own.version, lastCode: cause.code } },
  );
}
