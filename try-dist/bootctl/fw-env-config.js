/**
 * The codec of `fw_env.config`, by which the field's tools find the U-Boot environment. Pure: text in, places out.
 * Whether a place exists and what kind of device it is, is the adapter's to see.
 *
 * Source of the format: `tools/env/fw_env.config` of U-Boot. One line for each copy, at most two:
 * `device offset env-size [sector-size [sectors]]`, separated by white space, `#` begins a comment, numbers as in
 * C (0x1000, 4096, 010000). On a block device a negative offset counts from its end.
 */
import { BootControlError } from './error.js';
import { LEAST_ENV_BYTES, MOST_ENV_BYTES } from './uboot-env-block.js';
/** Two lines and their comments are a page or less. */
export const MOST_CONFIG_BYTES = 65_536;
const MOST_COPIES = 2;
/** Error: BOOT_CONTROL_OPTION, which names file and line. */
export function parseFwEnvConfig(text, path) {
    const refuse = (line, why) => new BootControlError('BOOT_CONTROL_OPTION', `${path}, line ${line}: ${why}; wanted is "device offset size", once or twice`, { facts: { path, line } });
    const places = [];
    let size;
    let line = 0;
    for (const whole of text.split('\n')) {
        line += 1;
        const [device, offset, bytes, sector] = whole.replace(/#.*/, '').trim().split(/\s+/);
        if (device === undefined || device === '')
            continue;
        if (!device.startsWith('/'))
            throw refuse(line, `"${device.slice(0, 40)}" is no absolute path`);
        const place = {
            device,
            offset: numberOf(offset),
            sector: sector === undefined ? undefined : numberOf(sector),
        };
        const length = numberOf(bytes);
        if (Number.isNaN(place.offset) || Number.isNaN(length))
            throw refuse(line, 'offset or size is no number');
        if (place.sector !== undefined && !(place.sector > 0))
            throw refuse(line, 'the sector size is no number');
        if (length < LEAST_ENV_BYTES || length > MOST_ENV_BYTES) {
            throw refuse(line, `a size of ${length} bytes is not within ${LEAST_ENV_BYTES} to ${MOST_ENV_BYTES}`);
        }
        if (size !== undefined && size !== length)
            throw refuse(line, 'the two copies have different sizes');
        if (places.length === MOST_COPIES)
            throw refuse(line, 'there are at most two copies');
        const [other] = places;
        if (other?.device === device &&
            Math.sign(other.offset + 0.5) === Math.sign(place.offset + 0.5) &&
            Math.abs(other.offset - place.offset) < length) {
            throw refuse(line, 'the two copies overlap');
        }
        size = length;
        places.push(place);
    }
    if (size === undefined)
        throw refuse(line, 'no copy is named');
    return { size, places };
}
/** A number as strtol reads it with base 0; NaN for anything else. */
function numberOf(text) {
    const match = /^(-?)(0x[0-9a-f]{1,12}|[0-9]{1,15})$/i.exec(text ?? '');
    if (match === null)
        return Number.NaN;
    const [, sign, digits = ''] = match;
    const isOctal = /^0[0-9]/.test(digits);
    if (isOctal && !/^[0-7]+$/.test(digits))
        return Number.NaN;
    const magnitude = isOctal ? Number.parseInt(digits, 8) : Number(digits);
    return sign === '-' ? -magnitude : magnitude;
}
