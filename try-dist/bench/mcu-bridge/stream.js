/**
 * Requests of one command that go out without waiting for the one before: the data frames of a firmware. Tells
 * the replies to them from all other frames. Knows no window, no repeat and no time; whoever streams does.
 */
import { ERROR_REPLY, REPLY_BIT } from './commands.js';
import { refusal, splitNumber } from './link-machine.js';
export class RequestStream {
    #command;
    #numbered;
    #write;
    #hear;
    constructor(command, rules, write, hear) {
        this.#command = command;
        this.#numbered = rules.numbered;
        this.#write = write;
        this.#hear = hear;
    }
    /** Sends one request. `number` is 0..255 and unlike those that are unanswered. */
    send(number, fields) {
        const payload = this.#numbered ? Uint8Array.of(number, ...fields) : fields;
        this.#write({ command: this.#command.id, payload });
    }
    /** True when `frame` answers a request of this command; then it was heard. */
    take(frame) {
        const { number, fields } = splitNumber(frame, { numbered: this.#numbered });
        if (fields === undefined)
            return false;
        if (frame.command === (this.#command.id | REPLY_BIT)) {
            this.#hear({ kind: 'reply', number, fields });
            return true;
        }
        if (frame.command !== ERROR_REPLY || fields[0] !== this.#command.id)
            return false;
        this.#hear({ kind: 'refused', error: refusal(this.#command, fields) });
        return true;
    }
    end(error) {
        this.#hear({ kind: 'ended', error });
    }
}
