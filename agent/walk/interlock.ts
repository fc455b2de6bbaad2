/** The interlock at work: look at the MCU again and again until it lets the board reboot (rule 8). */
import type { Device } from '../device.ts';
import { AgentError } from '../errors.ts';
import { judgeReboot, type McuView, type RebootPurpose } from '../model/interlock.ts';
import { Stopped } from './stopped.ts';

/** What let the board be rebooted, and when the MCU was last heard (monotonic, ms): silence goes on from there. */
export interface Opened {
  readonly mcu: McuView['kind'];
  readonly lastHeard: number;
}

/** Returns when the board may be rebooted; shows why it waits. `lastHeard`: of a look just before. Error: Stopped. */
export async function awaitInterlock(
  device: Device,
  purpose: RebootPurpose,
  signal: AbortSignal,
  heardBefore?: number,
): Promise<Opened> {
  let lastHeard = heardBefore ?? device.clock.monotonic();
  for (;;) {
    const view = await lookAtMcu(device, lastHeard, signal);
    if (view.kind === 'answered') lastHeard = device.clock.monotonic();
    const verdict = judgeReboot(view, purpose);
    if (verdict.go) {
      device.reporter.happened('interlock-opened', `The board may reboot: ${verdict.because}.`);
      return { mcu: view.kind, lastHeard };
    }
    device.reporter.progress('waiting', { status: 'waiting', reason: verdict.reason });
    await device.clock.sleep(device.policy.interlockPollMs, signal);
    if (signal.aborted) throw new Stopped(signal.reason);
  }
}

async function lookAtMcu(device: Device, lastHeard: number, signal: AbortSignal): Promise<McuView> {
  const { mcu, clock } = device;
  if (mcu === undefined) return { kind: 'absent' };
  try {
    const status = await mcu.status(signal);
    const { allowed, reason } = await mcu.mayReboot(signal);
    return { kind: 'answered', status, mayReboot: allowed, reason };
  } catch (error) {
    if (signal.aborted) throw new Stopped(signal.reason);
    // An MCU that answers wrongly is no better known than one that is silent.
    if (!(error instanceof AgentError)) throw error;
    return { kind: 'silent', silentMs: clock.monotonic() - lastHeard };
  }
}
