import { RunFile } from './run-file.js';
export const HEARTBEAT_FILE = 'heartbeat';
/** The unit takes a heartbeat older than 60 s for dead: three may be missed. */
export const HEARTBEAT_MS = 20_000;
/** Starts beating; the returned function ends it. Beats come from the event loop: a hung agent misses them. */
export function startHeartbeat(runFolder, reporter, clock) {
    const file = new RunFile(runFolder, HEARTBEAT_FILE, reporter);
    const beat = () => file.write(`${Math.floor(clock.uptime() / 1000)} ${reporter.last.phase}\n`);
    beat();
    const timer = setInterval(beat, HEARTBEAT_MS);
    return () => clearInterval(timer);
}
