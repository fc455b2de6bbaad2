/**
 * Consent: the MCU shows a code and reports whether the user pressed yes. Commands beyond the core set: an MCU
 * without display and keys refuses them. Layouts only; `ask-consent.ts` has the order. Offsets count from the first
 * byte after the frame number, numbers are little-endian.
 */
import { COMMAND, nameOf } from './commands.ts';
import { LinkError } from './error.ts';
import { FieldReader, FieldWriter, malformed } from './fields.ts';
import { type Command, NOTHING } from './messages.ts';

/** What became of the code that was shown last. `none`: nothing was shown since the MCU's reset, or it was hidden. */
export const CONSENT_STATE = { none: 0, shown: 1, yes: 2, no: 3, 'timed-out': 4 } as const;
export type ConsentState = keyof typeof CONSENT_STATE;

/** Four digits: what the smallest display of a cooker has. 0 is no code. */
export const MOST_CONSENT_CODE = 9999;

/**
 * Show-consent request, 4 bytes. Reply: no fields.
 *
 * | offset | type | field                                                       |
 * | ------ | ---- | ----------------------------------------------------------- |
 * | 0      | u16  | code, 1..9999, shown with four digits                       |
 * | 2      | u16  | seconds until it is hidden again by itself, at least 1      |
 */
export interface ConsentOrder {
  readonly code: number;
  readonly seconds: number;
}

/**
 * Consent reply, 5 bytes. Request: no fields.
 *
 * | offset | type | field                                                       |
 * | ------ | ---- | ----------------------------------------------------------- |
 * | 0      | u8   | state: 0 none, 1 shown, 2 yes, 3 no, 4 timed out            |
 * | 1      | u16  | code that the state is about; 0 in state 0                  |
 * | 3      | u16  | seconds for which it is still shown, rounded up; else 0     |
 */
export interface McuConsent {
  readonly state: ConsentState;
  readonly code: number;
  readonly secondsLeft: number;
}

const ORDER_BYTES = 4;
const CONSENT_BYTES = 5;

export const SHOW_CONSENT: Command<ConsentOrder, void> = {
  name: 'show-consent',
  id: COMMAND.showConsent,
  changesNothing: false,
  encodeRequest: ({ code, seconds }) => {
    if (!isCode(code) || seconds < 1) {
      const message = `A consent code is 1 to ${MOST_CONSENT_CODE} and is shown for at least one second`;
      throw new LinkError('LINK_MISUSED', message, { facts: { code, seconds } });
    }
    return new FieldWriter().u16(code).u16(seconds).finish();
  },
  decodeRequest: (fields) => {
    const reader = FieldReader.exactly(fields, ORDER_BYTES);
    const order = { code: reader.u16(), seconds: reader.u16() };
    if (!isCode(order.code) || order.seconds < 1) throw malformed('no such consent code or time', order);
    return order;
  },
  encodeReply: NOTHING.encode,
  decodeReply: NOTHING.decode,
};

export const CONSENT: Command<void, McuConsent> = {
  name: 'consent',
  id: COMMAND.consent,
  changesNothing: true,
  encodeRequest: NOTHING.encode,
  decodeRequest: NOTHING.decode,
  encodeReply: ({ state, code, secondsLeft }) =>
    new FieldWriter().u8(CONSENT_STATE[state]).u16(code).u16(secondsLeft).finish(),
  decodeReply: (fields) => {
    const reader = FieldReader.exactly(fields, CONSENT_BYTES);
    const [number, code, secondsLeft] = [reader.u8(), reader.u16(), reader.u16()];
    const state = nameOf(CONSENT_STATE, number);
    if (state === undefined) throw malformed(`there is no consent state ${number}`, { state: number });
    // A yes to no code, or to one that nobody can have been shown, is no yes.
    if (state === 'none' ? code !== 0 : !isCode(code))
      throw malformed(`consent ${state}, code ${code}`, { code });
    if (state !== 'shown' && secondsLeft !== 0) {
      throw malformed(`consent ${state}, still shown for ${secondsLeft} s`, { secondsLeft });
    }
    return { state, code, secondsLeft };
  },
};

/** Nothing is shown any more, and no answer is remembered. Request and reply: no fields. */
export const HIDE_CONSENT: Command<void, void> = {
  name: 'hide-consent',
  id: COMMAND.hideConsent,
  changesNothing: false,
  encodeRequest: NOTHING.encode,
  decodeRequest: NOTHING.decode,
  encodeReply: NOTHING.encode,
  decodeReply: NOTHING.decode,
};

/** May this number be shown as a code? */
export function isCode(code: number): boolean {
  return Number.isInteger(code) && code >= 1 && code <= MOST_CONSENT_CODE;
}
