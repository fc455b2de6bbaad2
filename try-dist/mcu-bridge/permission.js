/**
 * The reply to may-reboot and may-flash: fields <-> value. Decoding throws LinkError MCU_REPLY_MALFORMED and
 * nothing else. Knows no frame; offsets count from the first byte after the frame number, little-endian.
 */
import { NO_REASON, nameOf } from './commands.js';
import { FieldReader, FieldWriter, malformed } from './fields.js';
const LENGTH = 4;
export function encodePermission(permission) {
    return new FieldWriter()
        .u8(permission.allowed ? 1 : 0)
        .u8(permission.reasonCode)
        .u16(permission.askAgainMinutes)
        .finish();
}
export function decodePermission(fields) {
    const reader = FieldReader.exactly(fields, LENGTH);
    const answer = reader.u8();
    const reasonCode = reader.u8();
    if (answer > 1)
        throw malformed(`${answer} is neither yes nor no`, { answer });
    return {
        allowed: answer === 1,
        reason: nameOf(NO_REASON, reasonCode) ?? `reason ${reasonCode}`,
        reasonCode,
        askAgainMinutes: reader.u16(),
    };
}
