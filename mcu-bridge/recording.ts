/**
 * A recorded line as text: a head with the line's settings, then one row for each piece that was heard. Pure text
 * <-> values; README.md shows the format. Rows are only ever added, so a recording that was cut short is read up
 * to its last whole row.
 */
import type { LineParity } from './adapters/serial-port.ts';
import { CRC_VARIANTS } from './crc16.ts';
import { LinkError } from './error.ts';
import { BYTE_ORDERS, type FrameFormat, LEAST_MAX_PAYLOAD, MAX_PAYLOAD } from './frame.ts';
import type { HeardOn } from './inspector.ts';

const MAGIC = 'donabe-line 1';
/** Characters of one row: 32 KiB of bytes, more than a read from a port ever brings. */
const LONGEST_ROW = 2 * 32_768 + 64;
const PARITIES: readonly LineParity[] = ['none', 'even', 'odd'];

export interface RecordedLine {
  readonly baudRate: number;
  readonly parity: LineParity;
  readonly format: FrameFormat;
  readonly numbered: boolean;
}
export interface RecordedPiece {
  /** Since the recording began. */
  readonly atMs: number;
  readonly on: HeardOn;
  readonly bytes: Uint8Array;
}

/** First row of a recording. */
export function recordingHead(line: RecordedLine): string {
  const { format } = line;
  const settings = {
    baud: line.baudRate,
    parity: line.parity,
    crc: format.crc,
    'byte-order': format.byteOrder,
    'max-payload': format.maxPayload,
    numbered: line.numbered,
  };
  const words = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  return `${MAGIC} ${words.join(' ')}\n`;
}

/** One further row. */
export function recordingRow(piece: RecordedPiece): string {
  return `${piece.atMs.toFixed(3)} ${piece.on} ${Buffer.from(piece.bytes).toString('hex')}\n`;
}

/**
 * Text as it comes -> pieces. Error: MCU_RECORDING, with the row's number, when it is no
 * recording or is damaged.
 */
export class RecordingReader {
  #rest = '';
  #row = 0;
  #lastAt = 0;
  #line: RecordedLine | undefined;

  /** The settings of the line; undefined until the head was read. */
  get line(): RecordedLine | undefined {
    return this.#line;
  }

  push(text: string): RecordedPiece[] {
    const rows = (this.#rest + text).split('\n');
    this.#rest = rows.pop() ?? '';
    if (this.#rest.length > LONGEST_ROW) throw this.#damaged('a row that does not end');
    const pieces: RecordedPiece[] = [];
    for (const row of rows) {
      this.#row += 1;
      if (this.#line === undefined) this.#line = this.#head(row);
      else pieces.push(this.#piece(row));
    }
    return pieces;
  }

  /** No more text. True: the recording ends inside a row, which was left out. */
  end(): boolean {
    if (this.#line === undefined) throw this.#damaged('it has no head');
    return this.#rest !== '';
  }

  #head(row: string): RecordedLine {
    if (!row.startsWith(`${MAGIC} `)) throw this.#damaged(`it does not begin with "${MAGIC}"`);
    const words = new Map(row.split(' ').map((word) => word.split('=', 2) as [string, string]));
    const word = <Value extends string>(name: string, values: readonly Value[]): Value => {
      const value = values.find((one) => one === words.get(name));
      if (value === undefined) throw this.#damaged(`${name}=${words.get(name) ?? ''} in the head`);
      return value;
    };
    const crc = word('crc', Object.keys(CRC_VARIANTS) as (keyof typeof CRC_VARIANTS)[]);
    const baudRate = Number(words.get('baud'));
    const maxPayload = Number(words.get('max-payload'));
    if (!(baudRate > 0)) throw this.#damaged(`baud=${words.get('baud') ?? ''} in the head`);
    if (!(maxPayload >= LEAST_MAX_PAYLOAD && maxPayload <= MAX_PAYLOAD)) {
      throw this.#damaged(`max-payload=${words.get('max-payload') ?? ''} in the head`);
    }
    return {
      baudRate,
      parity: word('parity', PARITIES),
      format: { crc, byteOrder: word('byte-order', BYTE_ORDERS), maxPayload },
      numbered: word('numbered', ['true', 'false']) === 'true',
    };
  }

  #piece(row: string): RecordedPiece {
    const [, time = '', wire, digits = ''] =
      /^(\d{1,12}\.\d{3}) (board|mcu|line) ((?:[0-9a-f]{2})*)$/.exec(row) ?? [];
    if (wire !== 'board' && wire !== 'mcu' && wire !== 'line') {
      throw this.#damaged('it is not "milliseconds wire bytes"');
    }
    const atMs = Number(time);
    if (atMs < this.#lastAt) throw this.#damaged('its time goes back');
    this.#lastAt = atMs;
    return { atMs, on: wire, bytes: Uint8Array.from(Buffer.from(digits, 'hex')) };
  }

  #damaged(what: string): LinkError {
    const row = Math.max(1, this.#row);
    return new LinkError('MCU_RECORDING', `Row ${row} is no row of a recorded line: ${what}`, {
      facts: { row },
    });
  }
}
