/** A silent MCU holds a wanted reboot this long while its link is reset again and again. */
export const SILENCE_BEFORE_ROLLBACK_MS = 15 * 60_000;
/** Powered silence after which an update may reboot: the MCU is more likely dead than cooking. */
export const SILENCE_BEFORE_UPDATE_MS = 24 * 60 * 60_000;
/**
 * What each frozen class says about a reboot. `free` (idle, boot loader) and `ask` (keep-warm, fault) leave it to
 * the MCU's own may-reboot, which says yes in all but some faults; `busy` (cooking, delayed start) never.
 */
const REBOOT_BY_CLASS = { free: 'as-the-mcu-answers', ask: 'as-the-mcu-answers', busy: 'no' };
/** May the board be rebooted now? */
export function judgeReboot(view, purpose) {
    if (view.kind === 'absent')
        return { go: true, because: 'this product has no MCU' };
    if (view.kind === 'silent')
        return judgeSilence(view.silentMs, purpose);
    const { status } = view;
    const rule = REBOOT_BY_CLASS[status.class];
    if (rule === 'no')
        return { go: false, reason: busyReason(status) };
    if (!view.mayReboot)
        return { go: false, reason: `the MCU (${status.modeName}) says no: ${view.reason}` };
    return { go: true, because: `the MCU (${status.modeName}) says yes` };
}
function judgeSilence(silentMs, purpose) {
    const limit = purpose === 'rollback' ? SILENCE_BEFORE_ROLLBACK_MS : SILENCE_BEFORE_UPDATE_MS;
    if (silentMs >= limit)
        return { go: true, because: `the MCU has been silent for ${minutes(silentMs)} min` };
    return { go: false, reason: `the MCU is silent (${minutes(silentMs)} of ${minutes(limit)} min)` };
}
function busyReason(status) {
    const left = status.minutesLeft > 0 ? `, ${status.minutesLeft} min left` : '';
    return `the cooker is busy: ${status.modeName}${left}`;
}
function minutes(ms) {
    return Math.floor(ms / 60_000);
}
