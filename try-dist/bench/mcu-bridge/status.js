/**
 * The status reply: fields <-> value. Decoding throws LinkError MCU_REPLY_MALFORMED and nothing else.
 * Knows no frame; offsets count from the first byte after the frame number, numbers are little-endian.
 */
import { CLASS_OF_MODE, MODE, MODE_CLASS, nameOf } from './commands.js';
import { FieldReader, FieldWriter, known, malformed } from './fields.js';
const LENGTH = 22;
const LID = { closed: 0, open: 1, unknown: 0xff };
/** Wire values of "there is no such sensor". */
const NO_TEMPERATURE = -0x8000;
const NO_SUPPLY = 0xffff;
const NO_HEATER = 0xff;
export function encodeStatus(status) {
    const { lidOpen, temperatures } = status;
    return new FieldWriter()
        .u8(status.mode)
        .u8(MODE_CLASS[status.class])
        .u8(lidOpen === undefined ? LID.unknown : lidOpen ? LID.open : LID.closed)
        .u8(status.heaterPercent ?? NO_HEATER)
        .u16(status.programme)
        .u16(status.minutesLeft)
        .u16(status.faultCode)
        .u16(status.supplyMillivolts ?? NO_SUPPLY)
        .i16(tenths(temperatures.bottom))
        .i16(tenths(temperatures.lid))
        .i16(tenths(temperatures.board))
        .u32(status.uptimeSeconds)
        .finish();
}
export function decodeStatus(fields) {
    const reader = FieldReader.exactly(fields, LENGTH);
    const mode = reader.u8();
    const modeClass = reader.u8();
    const lid = reader.u8();
    const heater = reader.u8();
    const className = nameOf(MODE_CLASS, modeClass);
    if (className === undefined)
        throw malformed(`there is no class ${modeClass}`, { class: modeClass });
    const modeName = nameOf(MODE, mode);
    if (modeName !== undefined && CLASS_OF_MODE[modeName] !== className) {
        throw malformed(`mode ${modeName} with class ${className}`, { mode, class: modeClass });
    }
    const lidName = nameOf(LID, lid);
    if (lidName === undefined)
        throw malformed(`there is no lid state ${lid}`, { lid });
    if (heater > 100 && heater !== NO_HEATER)
        throw malformed(`a heater at ${heater} %`, { heater });
    return {
        mode,
        modeName: modeName ?? 'unknown',
        class: className,
        lidOpen: lidName === 'unknown' ? undefined : lidName === 'open',
        heaterPercent: heater === NO_HEATER ? undefined : heater,
        programme: reader.u16(),
        minutesLeft: reader.u16(),
        faultCode: reader.u16(),
        supplyMillivolts: known(reader.u16(), NO_SUPPLY),
        temperatures: {
            bottom: degrees(reader.i16()),
            lid: degrees(reader.i16()),
            board: degrees(reader.i16()),
        },
        uptimeSeconds: reader.u32(),
    };
}
function tenths(celsius) {
    return celsius === undefined ? NO_TEMPERATURE : Math.round(celsius * 10);
}
function degrees(wire) {
    return wire === NO_TEMPERATURE ? undefined : wire / 10;
}
