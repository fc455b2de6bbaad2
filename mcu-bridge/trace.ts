/**
 * One frame in words: who sent it, what it asks or answers, its fields by name. Pure; for people who look at a
 * line, so it never throws: what it cannot read it calls so. Knows no time and no other frame.
 */
import { ERROR_REPLY, EVENT, EVENT_FIRST, EVENT_LAST, nameOf, REFUSAL, REPLY_BIT } from './commands.ts';
import { CONSENT, HIDE_CONSENT, SHOW_CONSENT } from './consent.ts';
import { LinkError } from './error.ts';
import { decodeEvent } from './events.ts';
import { FieldReader } from './fields.ts';
import type { Frame } from './frame.ts';
import { type Command, MAY_FLASH, MAY_REBOOT, PING, PREPARE_REBOOT, STATUS, VERSION } from './messages.ts';
import { ABORT, ACCEPT, ACTIVATE, BEGIN, DATA, DISCARD_OLD, QUERY, VERIFY } from './transfer-messages.ts';

/** Who sends. */
export type LineSide = 'board' | 'mcu';

export interface FrameMeaning {
  /** Whose the command number is: requests are the board's, everything from 0x60 on is the MCU's. */
  readonly from: LineSide;
  readonly role: 'request' | 'reply' | 'refusal' | 'event' | 'unknown';
  /** The command that is asked, answered or refused; `command 0x25` for one of the product. */
  readonly name: string;
  /** Its number without the reply bit. */
  readonly command: number;
  /** Frame number; undefined where frames have none, or the frame is too short for one. */
  readonly number: number | undefined;
  /** Fields by name; undefined when there are none, or nobody here knows the layout. */
  readonly fields: Readonly<Record<string, unknown>> | undefined;
  /** Why the fields make no sense, though the CRC is right. */
  readonly problem: string | undefined;
}

type Layout = Pick<Command<unknown, unknown>, 'id' | 'name' | 'decodeRequest' | 'decodeReply'>;

/** The commands whose layouts are known here. */
const LAYOUTS: ReadonlyMap<number, Layout> = new Map(
  [
    PING,
    VERSION,
    STATUS,
    MAY_REBOOT,
    MAY_FLASH,
    PREPARE_REBOOT,
    BEGIN,
    DATA,
    QUERY,
    VERIFY,
    ACTIVATE,
    ACCEPT,
    DISCARD_OLD,
    ABORT,
    SHOW_CONSENT,
    CONSENT,
    HIDE_CONSENT,
  ].map((layout: Layout) => [layout.id, layout]),
);

/** `numbered`: the first payload byte is the frame number. */
export function explainFrame(frame: Frame, numbered: boolean): FrameMeaning {
  const number = numbered ? frame.payload[0] : undefined;
  const fields = numbered ? frame.payload.subarray(1) : frame.payload;
  const from = frame.command >= EVENT_FIRST ? 'mcu' : 'board';
  if (numbered && number === undefined) {
    const name = commandName(frame.command);
    const problem = 'a frame without a number';
    return { from, role: 'unknown', name, command: frame.command, number, fields: undefined, problem };
  }
  return { from, number, ...meaningOf(frame.command, fields) };
}

function meaningOf(sent: number, fields: Uint8Array): Omit<FrameMeaning, 'from' | 'number'> {
  const command = sent & ~REPLY_BIT;
  const layout = LAYOUTS.get(command);
  if (sent === ERROR_REPLY) {
    const refused = fields[0] ?? 0;
    return {
      role: 'refusal',
      name: commandName(refused),
      command: refused,
      ...decoded(() => readRefusal(fields)),
    };
  }
  if (sent >= EVENT_FIRST && sent <= EVENT_LAST) {
    const name = nameOf(EVENT, sent) ?? commandName(sent);
    return { role: 'event', name, command: sent, ...decoded(() => readEvent(sent, fields)) };
  }
  const role = sent === 0 || command >= EVENT_FIRST ? 'unknown' : sent & REPLY_BIT ? 'reply' : 'request';
  const name = commandName(command);
  if (layout === undefined || role === 'unknown') {
    return { role, name, command, fields: undefined, problem: undefined };
  }
  return {
    role,
    name,
    command,
    ...decoded(() => (role === 'reply' ? layout.decodeReply(fields) : layout.decodeRequest(fields))),
  };
}

function commandName(command: number): string {
  return LAYOUTS.get(command)?.name ?? `command 0x${command.toString(16).padStart(2, '0')}`;
}

/** Values that are no records get the name that PROTOCOL.md has for them. */
function decoded(read: () => unknown): Pick<FrameMeaning, 'fields' | 'problem'> {
  try {
    const value = read();
    if (value === undefined) return { fields: undefined, problem: undefined };
    const fields = typeof value === 'object' && value !== null ? { ...value } : { value };
    return { fields, problem: undefined };
  } catch (error) {
    if (!(error instanceof LinkError)) throw error;
    return { fields: undefined, problem: error.message };
  }
}

function readRefusal(fields: Uint8Array): Record<string, unknown> {
  const reader = FieldReader.exactly(fields, 4);
  reader.u8();
  const reason = reader.u8();
  return { reason: nameOf(REFUSAL, reason) ?? `reason ${reason}`, detail: reader.u16() };
}

/** Without the name, which stands before the fields. */
function readEvent(event: number, fields: Uint8Array): Record<string, unknown> | undefined {
  const meaning = decodeEvent(event, fields);
  if (meaning.name === 'unknown') return undefined;
  const { name: _name, ...read } = meaning;
  return read;
}
