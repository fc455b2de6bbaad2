/** The interlock at work: look at the MCU again and again until it lets the board reboot, or lets itself be flashed (rule 8). */
import type { McuStatus } from '../../mcu-bridge/index.ts';
import type { Device } from '../device.ts';
import { AgentError } from '../errors.ts';
import {
  judgeFlash,
  judgeReboot,
  type McuView,
  type RebootPurpose,
  SILENCE_BEFORE_ROLLBACK_MS,
  type Wanted,
} from '../model/interlock.ts';
import { REPLY_COUNTS_MS } from '../model/standstill.ts';
import { agentIsUp } from './agent-starts.ts';
import { Stopped } from './stopped.ts';

/** Two looks within the time that a status reply counts: the deadline must not run between two of them. ms */
const LONGEST_PAUSE_MS = REPLY_COUNTS_MS / 2;

function untilNextLook({ policy }: Device): number {
  return Math.min(policy.interlockPollMs, LONGEST_PAUSE_MS);
}

/** What let the board be rebooted, and when the MCU was last heard (monotonic, ms): silence goes on from there. */
export interface Opened {
  readonly mcu: McuView['kind'];
  readonly lastHeard: number;
}

/** The cooker was still at work when the patience was used up. */
export interface StillShut {
  readonly reason: string;
}

/**
 * Returns when the board may be rebooted; shows why it waits. `heardBefore`: by a look just before. With `patienceMs`
 * a cooker that is still at work then ends the wait; silence is waited out, for the next wait would begin it anew.
 * Error: Stopped.
 */
export async function awaitInterlock(
  device: Device,
  purpose: RebootPurpose,
  signal: AbortSignal,
  heardBefore?: number,
): Promise<Opened>;
export async function awaitInterlock(
  device: Device,
  purpose: RebootPurpose,
  signal: AbortSignal,
  heardBefore: number | undefined,
  patienceMs: number,
): Promise<Opened | StillShut>;
export async function awaitInterlock(
  device: Device,
  purpose: RebootPurpose,
  signal: AbortSignal,
  heardBefore?: number,
  patienceMs = Number.POSITIVE_INFINITY,
): Promise<Opened | StillShut> {
  const since = device.clock.monotonic();
  let lastHeard = heardBefore ?? since;
  for (;;) {
    const view = await lookAtMcu(device, 'reboot', lastHeard, signal);
    if (view.kind === 'answered') lastHeard = device.clock.monotonic();
    const verdict = judgeReboot(view, purpose);
    if (verdict.go) {
      device.reporter.happened('interlock-opened', `The board may reboot: ${verdict.because}.`);
      return { mcu: view.kind, lastHeard };
    }
    if (verdict.forbids) device.deadline.heard();
    await stillWaits(device);
    device.reporter.progress('waiting', { status: 'waiting', reason: verdict.reason });
    if (view.kind === 'answered' && device.clock.monotonic() - since >= patienceMs) {
      return { reason: verdict.reason };
    }
    await device.clock.sleep(untilNextLook(device), signal);
    if (signal.aborted) throw new Stopped(signal.reason);
  }
}

/**
 * Returns when the MCU may be flashed. `held` is done, too, at each look that finds the cooker at work; that may go on
 * for days. Errors: MCU_SILENT at once; MCU_REFUSED when a cooker that does nothing says no for 15 min; the signal's.
 */
export async function awaitFlash(
  device: Device,
  signal: AbortSignal,
  held: () => Promise<void>,
): Promise<void> {
  let atWork = device.clock.monotonic();
  for (;;) {
    const now = device.clock.monotonic();
    const view = await lookAtMcu(device, 'flash', now, signal);
    const verdict = judgeFlash(view);
    if (verdict.go) return;
    if (view.kind === 'silent') throw new AgentError('MCU_SILENT', 'The MCU does not answer.');
    const { phase } = device.reporter.last;
    device.reporter.progress(phase, { status: 'waiting', reason: verdict.reason });
    if (verdict.forbids) {
      atWork = now;
      device.deadline.heard();
      await stillWaits(device);
      await held();
    } else if (now - atWork >= SILENCE_BEFORE_ROLLBACK_MS) {
      throw new AgentError('MCU_REFUSED', `For 15 min: ${verdict.reason}.`);
    }
    await device.clock.sleep(untilNextLook(device), signal);
    signal.throwIfAborted();
  }
}

/** It may go on for days, beside a cooker at work or a silent MCU: an agent that is killed in them did come up. */
async function stillWaits(device: Device): Promise<void> {
  await agentIsUp(device);
}

/**
 * One look. An MCU that answers wrongly is no better known than one that is silent; but one whose status names a
 * cooker at work was heard, whatever becomes of the second question. Error: Stopped.
 */
export async function lookAtMcu(
  { mcu, clock }: Device,
  wanted: Wanted,
  lastHeard: number,
  signal: AbortSignal,
): Promise<McuView> {
  if (mcu === undefined) return { kind: 'absent' };
  let status: McuStatus | undefined;
  try {
    status = await mcu.status(signal);
    const { allowed, reason } = await (wanted === 'reboot' ? mcu.mayReboot(signal) : mcu.mayFlash(signal));
    return { kind: 'answered', status, allowed, reason };
  } catch (error) {
    if (signal.aborted) throw new Stopped(signal.reason);
    if (!(error instanceof AgentError)) throw error;
    if (status?.class === 'busy') return { kind: 'answered', status, allowed: false, reason: error.message };
    return { kind: 'silent', silentMs: clock.monotonic() - lastHeard };
  }
}
