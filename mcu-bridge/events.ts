/**
 * What the MCU says without being asked: fields <-> value. Events tell of a state, so a lost or doubled one does no
 * harm; whoever must know asks. Decoding throws LinkError MCU_REPLY_MALFORMED and nothing else. Knows no frame;
 * offsets count from the first byte after the event number, numbers are little-endian.
 */
import { EVENT, KEY, MODE_CLASS, type ModeClass, type ModeName, nameOf } from './commands.ts';
import { FieldReader, FieldWriter, malformed } from './fields.ts';
import { readMode } from './status.ts';

/**
 * Mode changed, 2 bytes.
 *
 * | offset | type | field                                   |
 * | ------ | ---- | --------------------------------------- |
 * | 0      | u8   | mode that it is in now, as in status    |
 * | 1      | u8   | class of that mode, as in status        |
 */
export interface ModeChanged {
  readonly name: 'modeChanged';
  readonly mode: number;
  readonly modeName: ModeName;
  readonly class: ModeClass;
}

/**
 * Key, 3 bytes.
 *
 * | offset | type | field                                              |
 * | ------ | ---- | -------------------------------------------------- |
 * | 0      | u8   | key: 1 yes, 2 no; from 0x80 on the product's own   |
 * | 1      | u16  | consent code that it answered; 0 none              |
 */
export interface KeyPressed {
  readonly name: 'key';
  readonly key: number;
  /** A name of `KEY`, or `key N` for a number that is not in it. */
  readonly keyName: string;
  readonly code: number;
}

/**
 * Fault, 2 bytes.
 *
 * | offset | type | field                                             |
 * | ------ | ---- | ------------------------------------------------- |
 * | 0      | u16  | fault code of the product, as in status; 0 gone   |
 */
export interface FaultChanged {
  readonly name: 'fault';
  readonly faultCode: number;
}

/** One that this side does not know: its number and its fields as they came. */
export interface UnknownEvent {
  readonly name: 'unknown';
  readonly command: number;
  readonly fields: Uint8Array;
}

/** An event in words. */
export type EventMeaning = ModeChanged | KeyPressed | FaultChanged | UnknownEvent;

/** The same with its number, which counts events only; undefined where frames have none. */
export type McuEvent = EventMeaning & { readonly number: number | undefined };

/** What an MCU has to say for an event to be made of it. */
export type EventToSend =
  | Pick<ModeChanged, 'name' | 'mode' | 'class'>
  | Pick<KeyPressed, 'name' | 'key' | 'code'>
  | FaultChanged;

export function encodeEvent(event: EventToSend): { readonly command: number; readonly fields: Uint8Array } {
  const writer = new FieldWriter();
  switch (event.name) {
    case 'modeChanged':
      writer.u8(event.mode).u8(MODE_CLASS[event.class]);
      break;
    case 'key':
      writer.u8(event.key).u16(event.code);
      break;
    case 'fault':
      writer.u16(event.faultCode);
      break;
  }
  return { command: EVENT[event.name], fields: writer.finish() };
}

export function decodeEvent(command: number, fields: Uint8Array): EventMeaning {
  const name = nameOf(EVENT, command);
  switch (name) {
    case 'modeChanged': {
      const reader = FieldReader.exactly(fields, 2);
      return { name, ...readMode(reader.u8(), reader.u8()) };
    }
    case 'key': {
      const reader = FieldReader.exactly(fields, 3);
      const key = reader.u8();
      if (key === 0) throw malformed('there is no key 0', { key });
      return { name, key, keyName: nameOf(KEY, key) ?? `key ${key}`, code: reader.u16() };
    }
    case 'fault':
      return { name, faultCode: FieldReader.exactly(fields, 2).u16() };
    case undefined:
      return { name: 'unknown', command, fields };
  }
}
