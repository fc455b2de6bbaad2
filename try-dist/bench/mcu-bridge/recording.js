import { CRC_VARIANTS } from './crc16.js';
import { LinkError } from './error.js';
import { BYTE_ORDERS, LEAST_MAX_PAYLOAD, MAX_PAYLOAD } from './frame.js';
const MAGIC = 'donabe-line 1';
/** Characters of one row: 32 KiB of bytes, more than a read from a port ever brings. */
const LONGEST_ROW = 2 * 32_768 + 64;
const PARITIES = ['none', 'even', 'odd'];
/** First row of a recording. */
export function recordingHead(line) {
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
export function recordingRow(piece) {
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
    #line;
    /** The settings of the line; undefined until the head was read. */
    get line() {
        return this.#line;
    }
    push(text) {
        const rows = (this.#rest + text).split('\n');
        this.#rest = rows.pop() ?? '';
        if (this.#rest.length > LONGEST_ROW)
            throw this.#damaged('a row that does not end');
        const pieces = [];
        for (const row of rows) {
            this.#row += 1;
            if (this.#line === undefined)
                this.#line = this.#head(row);
            else
                pieces.push(this.#piece(row));
        }
        return pieces;
    }
    /** No more text. True: the recording ends inside a row, which was left out. */
    end() {
        if (this.#line === undefined)
            throw this.#damaged('it has no head');
        return this.#rest !== '';
    }
    #head(row) {
        if (!row.startsWith(`${MAGIC} `))
            throw this.#damaged(`it does not begin with "${MAGIC}"`);
        const words = new Map(row.split(' ').map((word) => word.split('=', 2)));
        const word = (name, values) => {
            const value = values.find((one) => one === words.get(name));
            if (value === undefined)
                throw this.#damaged(`${name}=${words.get(name) ?? ''} in the head`);
            return value;
        };
        const crc = word('crc', Object.keys(CRC_VARIANTS));
        const baudRate = Number(words.get('baud'));
        const maxPayload = Number(words.get('max-payload'));
        if (!(baudRate > 0))
            throw this.#damaged(`baud=${words.get('baud') ?? ''} in the head`);
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
    #piece(row) {
        const [, time = '', wire, digits = ''] = /^(\d{1,12}\.\d{3}) (board|mcu|line) ((?:[0-9a-f]{2})*)$/.exec(row) ?? [];
        if (wire !== 'board' && wire !== 'mcu' && wire !== 'line') {
            throw this.#damaged('it is not "milliseconds wire bytes"');
        }
        const atMs = Number(time);
        if (atMs < this.#lastAt)
            throw this.#damaged('its time goes back');
        this.#lastAt = atMs;
        return { atMs, on: wire, bytes: Uint8Array.from(Buffer.from(digits, 'hex')) };
    }
    #damaged(what) {
        const row = Math.max(1, this.#row);
        return new LinkError('MCU_RECORDING', `Row ${row} is no row of a recorded line: ${what}`, {
            facts: { row },
        });
    }
}
