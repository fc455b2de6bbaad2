/**
 * Rule 8: the heater has priority. When may the agent reboot the board? A table over what the MCU says of
 * itself. It is no gate: nothing passes it.
 */
import type { McuStatus } from '../../mcu-bridge/index.ts';

/** A silent MCU holds a wanted reboot this long while its link is reset again and again. */
export const SILENCE_BEFORE_ROLLBACK_MS = 15 * 60_000;
/** Powered silence after which an update may reboot: the MCU is more likely dead than cooking. */
export const SILENCE_BEFORE_UPDATE_MS = 24 * 60 * 60_000;

export type RebootPurpose = 'update' | 'rollback';

/** `silentMs` is how long nothing was heard, measured on the monotonic clock while this process ran. */
export type McuView =
  | { readonly kind: 'absent' }
  | { readonly kind: 'silent'; readonly silentMs: number }
  | {
      readonly kind: 'answered';
      readonly status: McuStatus;
      readonly mayReboot: boolean;
      readonly reason: string;
    };

export type InterlockVerdict =
  | { readonly go: true; readonly because: string }
  | { readonly go: false; readonly reason: string };

/**
 * What each frozen class says about a reboot. `free` (idle, boot loader) and `ask` (keep-warm, fault) leave it to
 * the MCU's own may-reboot, which says yes in all but some faults; `busy` (cooking, delayed start) never.
 */
const REBOOT_BY_CLASS = { free: 'as-the-mcu-answers', ask: 'as-the-mcu-answers', busy: 'no' } as const;

/** May the board be rebooted now? */
export function judgeReboot(view: McuView, purpose: RebootPurpose): InterlockVerdict {
  if (view.kind === 'absent') return { go: true, because: 'this product has no MCU' };
  if (view.kind === 'silent') return judgeSilence(view.silentMs, purpose);
  const { status } = view;
  const rule = REBOOT_BY_CLASS[status.class];
  if (rule === 'no') return { go: false, reason: busyReason(status) };
  if (!view.mayReboot) return { go: false, reason: `the MCU (${status.modeName}) says no: ${view.reason}` };
  return { go: true, because: `the MCU (${status.modeName}) says yes` };
}

function judgeSilence(silentMs: number, purpose: RebootPurpose): InterlockVerdict {
  const limit = purpose === 'rollback' ? SILENCE_BEFORE_ROLLBACK_MS : SILENCE_BEFORE_UPDATE_MS;
  if (silentMs >= limit) return { go: true, because: `the MCU has been silent for ${minutes(silentMs)} min` };
  return { go: false, reason: `the MCU is silent (${minutes(silentMs)} of ${minutes(limit)} min)` };
}

function busyReason(status: McuStatus): string {
  const left = status.minutesLeft > 0 ? `, ${status.minutesLeft} min left` : '';
  return `the cooker is busy: ${status.modeName}${left}`;
}

function minutes(ms: number): number {
  return Math.floor(ms / 60_000);
}
