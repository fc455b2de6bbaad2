/** Reboots by the system's own command: the reboot is its business, and this process ends by it. */
import { AgentError } from '../errors.js';
import { runChild } from './child.js';
/** `systemctl reboot` answers at once; a command that takes longer has not understood. */
const PATIENCE_MS = 30_000;
export class CommandRebooter {
    #command;
    constructor(command) {
        this.#command = command;
    }
    async reboot(reason) {
        // Not to be aborted: the SIGTERM that ends this process may be the reboot itself.
        const { status, output } = await runChild(this.#command, PATIENCE_MS, new AbortController().signal);
        if (status === 0)
            return;
        throw new AgentError('REBOOT_FAILED', `${this.#command.join(' ')} failed (${status ?? 'no exit status'}): ${output}; wanted because ${reason}.`, { facts: { status } });
    }
}
