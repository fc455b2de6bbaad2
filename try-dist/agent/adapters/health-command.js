import { runChild } from './child.js';
export class CommandHealthCheck {
    name;
    #how;
    #clock;
    constructor(how, clock) {
        this.name = how.name;
        this.#how = how;
        this.#clock = clock;
    }
    async run(signal) {
        const { command, timeoutMs, retries, retryPauseMs } = this.#how;
        for (let left = retries;; left -= 1) {
            const { status, output } = await runChild(command, timeoutMs, signal, 'kill');
            if (status === 0)
                return { healthy: true, detail: '' };
            if (left === 0)
                return { healthy: false, detail: `${output || 'no output'} (${exitWords(status)})` };
            await this.#clock.sleep(retryPauseMs, signal);
            signal.throwIfAborted();
        }
    }
}
function exitWords(status) {
    return status === undefined ? 'no exit status' : `exit status ${status}`;
}
