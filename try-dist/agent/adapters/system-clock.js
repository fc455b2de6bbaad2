/** The clock of a Linux board: wall time, whether it can be trusted, monotonic time, time since the kernel booted. */
import { existsSync, readFileSync } from 'node:fs';
/** Longest delay that a Node timer holds (2^31 - 1 ms); longer sleeps take several. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
export class SystemClock {
    #paths;
    constructor(paths) {
        this.#paths = paths;
    }
    now() {
        return Date.now();
    }
    synchronised() {
        return existsSync(this.#paths.synchronised);
    }
    monotonic() {
        return performance.now();
    }
    uptime() {
        const seconds = Number.parseFloat(readFileSync(this.#paths.uptime, 'utf8'));
        if (!Number.isFinite(seconds))
            throw new Error(`${this.#paths.uptime} holds no number`);
        return seconds * 1000;
    }
    async sleep(ms, signal) {
        const end = performance.now() + ms;
        for (let left = ms; left > 0 && !signal.aborted; left = end - performance.now()) {
            await oneTimer(Math.min(left, LONGEST_TIMER_MS), signal);
        }
    }
}
function oneTimer(ms, signal) {
    return new Promise((resolve) => {
        const finish = () => {
            clearTimeout(timer);
            signal.removeEventListener('abort', finish);
            resolve();
        };
        const timer = setTimeout(finish, ms);
        signal.addEventListener('abort', finish, { once: true });
    });
}
