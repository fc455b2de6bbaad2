/**
 * Tells systemd how the agent is: ready after it has found its entry door, the phase as status, and that it moves.
 * Everything comes from the event loop, so a process that hangs as a whole is as silent as one whose walk hangs.
 */
import type { ProgressEvent, Reporter } from '../events.ts';
import type { StepWatch } from '../step-watch.ts';
import { type NotifyEnvironment, SystemdNotify } from './systemd-notify.ts';

/** Fed three times in each watchdog period: two may be late. */
const FEEDS_PER_PERIOD = 3;
/** Beat of a unit without a watchdog: it only prolongs a long start. */
const BEAT_MS = 60_000;
/** The doors were found, or the round ended before them: either way the agent is up and tries again by itself. */
const READY_EVENTS: readonly string[] = ['entered', 'walk-ended'];

/**
 * Starts telling; the returned function ends it, and says so when the agent stops. READY comes before what is behind
 * the door: a trial may wait hours for a cooker, and a boot that waits for READY must not.
 */
export function tellSystemd(
  { socket, watchdogMs }: NotifyEnvironment,
  reporter: Reporter,
  watch: Pick<StepWatch, 'hung'>,
): (end: 'stopped' | 'reload') => Promise<void> {
  const notify = new SystemdNotify(socket, reporter);
  const beatMs = watchdogMs === undefined ? BEAT_MS : watchdogMs / FEEDS_PER_PERIOD;
  let ready = false;
  let stood = false;
  let status = '';

  const onHappened = ({ name }: { readonly name: string }): void => {
    if (ready || !READY_EVENTS.includes(name)) return;
    ready = true;
    notify.send({ READY: '1', STATUS: statusLine(reporter.last) });
  };
  const onProgress = (event: ProgressEvent): void => {
    const line = statusLine(event);
    if (line === status) return;
    status = line;
    notify.send({ STATUS: line });
  };
  const beat = (): void => {
    const hung = watch.hung();
    if (hung === undefined) {
      stood = false;
      // Before READY the time limit of the start runs, not the watchdog: a command may hold the lock for long.
      const more = { EXTEND_TIMEOUT_USEC: String(Math.round(beatMs * FEEDS_PER_PERIOD * 1000)) };
      notify.send({ WATCHDOG: '1', ...(ready ? {} : more) });
      return;
    }
    if (stood) return;
    const seconds = Math.round(hung.overdueMs / 1000);
    reporter.happened(
      'step-hangs',
      `Nothing moved in step ${hung.step}, ${seconds} s beyond its limit: the watchdog is not fed.`,
      { ...hung },
    );
    stood = true;
  };

  reporter.on('happened', onHappened).on('progressed', onProgress);
  beat();
  const timer = setInterval(beat, beatMs);
  return async (end) => {
    clearInterval(timer);
    reporter.off('happened', onHappened).off('progressed', onProgress);
    if (end === 'stopped') notify.send({ STOPPING: '1' });
    await notify.settled();
  };
}

/** What `systemctl status` shows. */
function statusLine({ phase, status, reason, progress, conditions = [] }: ProgressEvent): string {
  const percent =
    status === 'running' && progress > 0 && progress < 100 ? ` ${progress - (progress % 10)} %` : '';
  const beside = conditions.length === 0 ? '' : ` (${conditions.join(', ')})`;
  return `${phase}${percent}${beside}${reason === undefined ? '' : `: ${reason}`}`;
}
