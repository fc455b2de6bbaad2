/**
 * Rule 8: the heater has priority. May the agent reboot the board or flash the MCU now? A table over what the
 * MCU says of itself. It is no gate: nothing passes it.
 */
import type { McuStatus, ModeClass } from '../../mcu-bridge/index.ts';

/** What is wanted: a reset of the board, or of the MCU with another firmware in it. */
export type Wanted = 'reboot' | 'flash';

/**
 * Why a reboot is wanted. `forced`: a technician stands at the device and has seen that the MCU is silent.
 * The purpose makes no difference to an MCU that answers, nor to a flash.
 */
export type RebootPurpose = 'update' | 'rollback' | 'forced';

/** A silent MCU holds a rollback this long while its link is reset again and again; in confirm it is then a failed check. */
export const SILENCE_BEFORE_ROLLBACK_MS = 15 * 60_000;
/** Powered silence after which an update may reboot: the MCU is more likely dead than cooking. */
export const SILENCE_BEFORE_UPDATE_MS = 24 * 60 * 60_000;

/** `silentMs` is how long nothing was heard, measured on the monotonic clock while this process ran. */
export type McuView =
  | { readonly kind: 'absent' }
  | { readonly kind: 'silent'; readonly silentMs: number }
  | {
      readonly kind: 'answered';
      readonly status: McuStatus;
      /** What the MCU answered to may-reboot or may-flash. */
      readonly allowed: boolean;
      readonly reason: string;
    };

/** `forbids`: it is the MCU's mode that says no, so that waiting is what the user expects (rule 8, deadline). */
export type InterlockVerdict =
  | { readonly go: true; readonly because: string }
  | { readonly go: false; readonly reason: string; readonly forbids: boolean };

type Cell = 'as-the-mcu-answers' | 'no';

/**
 * What each known mode allows at most; a mode that this agent does not know is judged by its frozen class. Idle and
 * boot loader must answer yes to both, keep-warm to a reboot (mcu-bridge/PROTOCOL.md, status): an MCU that does
 * not has a reason of its own, and is heard.
 */
export const INTERLOCK: Readonly<
  Record<Exclude<McuStatus['modeName'], 'unknown'> | ModeClass, Readonly<Record<Wanted, Cell>>>
> = {
  idle: { reboot: 'as-the-mcu-answers', flash: 'as-the-mcu-answers' },
  'keep-warm': { reboot: 'as-the-mcu-answers', flash: 'as-the-mcu-answers' },
  cooking: { reboot: 'no', flash: 'no' },
  'delayed-start': { reboot: 'no', flash: 'no' },
  fault: { reboot: 'as-the-mcu-answers', flash: 'as-the-mcu-answers' },
  'boot-loader': { reboot: 'as-the-mcu-answers', flash: 'as-the-mcu-answers' },
  free: { reboot: 'as-the-mcu-answers', flash: 'as-the-mcu-answers' },
  ask: { reboot: 'as-the-mcu-answers', flash: 'as-the-mcu-answers' },
  busy: { reboot: 'no', flash: 'no' },
};

/** How long a silence must last before the board is reset all the same, ms. A silent MCU is never flashed. */
const PATIENCE_WITH_SILENCE: Readonly<Record<RebootPurpose, number>> = {
  update: SILENCE_BEFORE_UPDATE_MS,
  rollback: SILENCE_BEFORE_ROLLBACK_MS,
  forced: 0,
};

/** May the board be rebooted now? */
export function judgeReboot(view: McuView, purpose: RebootPurpose): InterlockVerdict {
  if (view.kind === 'silent') return judgeSilence(view.silentMs, PATIENCE_WITH_SILENCE[purpose]);
  return judge(view, 'reboot');
}

/** May the MCU be flashed or made to go back to its previous firmware now? */
export function judgeFlash(view: McuView): InterlockVerdict {
  if (view.kind === 'silent') {
    return { go: false, reason: 'the MCU is silent; a silent MCU is never flashed', forbids: false };
  }
  return judge(view, 'flash');
}

function judge(view: Exclude<McuView, { kind: 'silent' }>, wanted: Wanted): InterlockVerdict {
  if (view.kind === 'absent') return { go: true, because: 'this product has no MCU' };
  const { status, allowed, reason } = view;
  const cell = INTERLOCK[status.modeName === 'unknown' ? status.class : status.modeName][wanted];
  if (cell === 'no') return { go: false, reason: busyReason(status), forbids: true };
  if (allowed) return { go: true, because: `the MCU (${status.modeName}) says yes` };
  return {
    go: false,
    reason: `the MCU (${status.modeName}) says no to a ${wanted}: ${reason}`,
    forbids: status.class !== 'free',
  };
}

function judgeSilence(silentMs: number, limit: number): InterlockVerdict {
  if (silentMs >= limit) return { go: true, because: `the MCU has been silent for ${minutes(silentMs)} min` };
  return {
    go: false,
    reason: `the MCU is silent (${minutes(silentMs)} of ${minutes(limit)} min)`,
    forbids: false,
  };
}

/** Why a busy cooker is left alone, in words. */
export function busyReason(status: McuStatus): string {
  const left = status.minutesLeft > 0 ? `, ${status.minutesLeft} min left` : '';
  return `the cooker is busy: ${status.modeName}${left}`;
}

function minutes(ms: number): number {
  return Math.floor(ms / 60_000);
}
