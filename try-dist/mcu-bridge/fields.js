/**
 * Little-endian fields, read and written in order, for the message tables. Knows no message.
 * `FieldReader` never reads past its bytes: a message that is too short is an error, not a crash.
 */
import { LinkError } from './error.js';
/** Reads fields one after the other. Error: MCU_REPLY_MALFORMED when the bytes end before the field does. */
export class FieldReader {
    #view;
    #at = 0;
    constructor(bytes) {
        this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    /** For a message of exactly `length` bytes. Error: MCU_REPLY_MALFORMED when there are more or fewer. */
    static exactly(fields, length) {
        if (fields.length !== length) {
            throw malformed(`${length} bytes of fields expected, ${fields.length} came`, { length: fields.length });
        }
        return new FieldReader(fields);
    }
    u8() {
        return this.#view.getUint8(this.#advance(1));
    }
    u16() {
        return this.#view.getUint16(this.#advance(2), true);
    }
    i16() {
        return this.#view.getInt16(this.#advance(2), true);
    }
    u32() {
        return this.#view.getUint32(this.#advance(4), true);
    }
    /** `count` bytes as lower-case hex. */
    hex(count) {
        const start = this.#view.byteOffset + this.#advance(count);
        return Buffer.from(this.#view.buffer, start, count).toString('hex');
    }
    /** Everything that is left; a copy. */
    rest() {
        const start = this.#view.byteOffset + this.#advance(this.#view.byteLength - this.#at);
        return new Uint8Array(this.#view.buffer.slice(start, this.#view.byteOffset + this.#view.byteLength));
    }
    #advance(bytes) {
        const at = this.#at;
        this.#at += bytes;
        if (this.#at > this.#view.byteLength) {
            throw malformed('the fields end too early', { length: this.#view.byteLength, wanted: this.#at });
        }
        return at;
    }
}
/** Collects fields; out-of-range numbers are refused with LINK_MISUSED instead of being cut. */
export class FieldWriter {
    #bytes = [];
    u8(value) {
        return this.#put(value, 1, 0, 0xff);
    }
    u16(value) {
        return this.#put(value, 2, 0, 0xffff);
    }
    i16(value) {
        return this.#put(value, 2, -0x8000, 0x7fff);
    }
    u32(value) {
        return this.#put(value, 4, 0, 0xffff_ffff);
    }
    /** Exactly `count` bytes from hex digits. */
    hex(digits, count) {
        const bytes = Buffer.from(digits, 'hex');
        if (bytes.length !== count || digits.length !== 2 * count) {
            throw new LinkError('LINK_MISUSED', `A field of ${count} bytes needs ${2 * count} hex digits`, {
                facts: { digits: digits.length },
            });
        }
        this.#bytes.push(...bytes);
        return this;
    }
    bytes(bytes) {
        this.#bytes.push(...bytes);
        return this;
    }
    finish() {
        return Uint8Array.from(this.#bytes);
    }
    #put(value, bytes, least, most) {
        if (!Number.isInteger(value) || value < least || value > most) {
            throw new LinkError('LINK_MISUSED', `A field must be a whole number from ${least} to ${most}`, {
                facts: { value },
            });
        }
        for (let index = 0; index < bytes; index++)
            this.#bytes.push((value >> (8 * index)) & 0xff);
        return this;
    }
}
/** The error for a message with a right CRC and nonsense inside. */
export function malformed(what, facts) {
    const message = `The message makes no sense: ${what}; check which firmware the MCU runs`;
    return new LinkError('MCU_REPLY_MALFORMED', message, { facts });
}
/** `value`, or undefined when it is the one that stands for "not known". */
export function known(value, none) {
    return value === none ? undefined : value;
}
