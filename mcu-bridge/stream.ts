/**
 * Requests of one command that go out without waiting for the one before: the data frames of a firmware. Tells
 * the replies to them from all other frames. Knows no window, no repeat and no time; whoever streams does.
 */
import { ERROR_REPLY, REPLY_BIT } from './commands.ts';
import type { LinkError } from './error.ts';
import type { Frame } from './frame.ts';
import { type LinkRules, refusal, splitNumber } from './link-machine.ts';

/** What came back. `number` is the request's, undefined where frames have none. `ended`: the link is gone. */
export type StreamAnswer =
  | { readonly kind: 'reply'; readonly number: number | undefined; readonly fields: Uint8Array }
  | { readonly kind: 'refused'; readonly error: LinkError }
  | { readonly kind: 'ended'; readonly error: LinkError };

export class RequestStream {
  readonly #command: { readonly id: number; readonly name: string };
  readonly #numbered: boolean;
  readonly #write: (frame: Frame) => void;
  readonly #hear: (answer: StreamAnswer) => void;

  constructor(
    command: { readonly id: number; readonly name: string },
    rules: Pick<LinkRules, 'numbered'>,
    write: (frame: Frame) => void,
    hear: (answer: StreamAnswer) => void,
  ) {
    this.#command = command;
    this.#numbered = rules.numbered;
    this.#write = write;
    this.#hear = hear;
  }

  /** Sends one request. `number` is 0..255 and unlike those that are unanswered. */
  send(number: number, fields: Uint8Array): void {
    const payload = this.#numbered ? Uint8Array.of(number, ...fields) : fields;
    this.#write({ command: this.#command.id, payload });
  }

  /** True when `frame` answers a request of this command; then it was heard. */
  take(frame: Frame): boolean {
    const { number, fields } = splitNumber(frame, { numbered: this.#numbered });
    if (fields === undefined) return false;
    if (frame.command === (this.#command.id | REPLY_BIT)) {
      this.#hear({ kind: 'reply', number, fields });
      return true;
    }
    if (frame.command !== ERROR_REPLY || fields[0] !== this.#command.id) return false;
    this.#hear({ kind: 'refused', error: refusal(this.#command, fields) });
    return true;
  }

  end(error: LinkError): void {
    this.#hear({ kind: 'ended', error });
  }
}
