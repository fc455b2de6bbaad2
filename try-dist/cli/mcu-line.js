/**
 * Which serial line a verb of `donabe mcu` talks to: the configured one, or one that is named, each setting of
 * which a flag can replace. It must not know what is said on the line.
 */
import { InvalidArgumentError, Option } from 'commander';
export function withLineFlags(verb) {
    return verb
        .option('--baud <rate>', 'baud rate instead of the configured one', whole)
        .addOption(new Option('--parity <parity>', 'parity instead of the configured one').choices([
        'none',
        'even',
        'odd',
    ]))
        .option('--crc <variant>', 'CRC-16 variant instead of the configured one, for instance modbus')
        .addOption(new Option('--byte-order <order>', "order of the CRC's bytes").choices(['high-first', 'low-first']))
        .option('--max-payload <bytes>', 'most payload bytes of a frame', whole);
}
/** A port that is named does not need the configuration. Wrong flags end the verb as wrong usage. */
export async function chosenLine(verb, context, path, flags) {
    const { BYTE_ORDERS, CRC_VARIANTS, FRAME_FORMAT, LEAST_MAX_PAYLOAD, MAX_PAYLOAD, SERIAL_DEFAULTS } = await import('../mcu-bridge/index.js');
    const line = path === undefined ? await context.port() : { ...SERIAL_DEFAULTS, path };
    const format = line.format ?? FRAME_FORMAT;
    const crc = oneOf(verb, '--crc', flags.crc, Object.keys(CRC_VARIANTS));
    const maxPayload = flags.maxPayload ?? format.maxPayload;
    if (maxPayload < LEAST_MAX_PAYLOAD || maxPayload > MAX_PAYLOAD) {
        verb.error(`error: --max-payload is ${LEAST_MAX_PAYLOAD} to ${MAX_PAYLOAD}`);
    }
    return {
        path: line.path,
        baudRate: flags.baud ?? line.baudRate,
        parity: flags.parity ?? line.parity ?? SERIAL_DEFAULTS.parity,
        format: {
            crc: crc ?? format.crc,
            byteOrder: oneOf(verb, '--byte-order', flags.byteOrder, BYTE_ORDERS) ?? format.byteOrder,
            maxPayload,
        },
    };
}
export function whole(text) {
    if (!/^[0-9]{1,9}$/.test(text))
        throw new InvalidArgumentError('it must be a whole number');
    return Number(text);
}
export function positive(text) {
    const value = Number(text);
    if (!(value > 0 && value < 1e9))
        throw new InvalidArgumentError('it must be a number above 0');
    return value;
}
function oneOf(verb, flag, text, values) {
    if (text === undefined)
        return undefined;
    return (values.find((value) => value === text) ?? verb.error(`error: ${flag} is one of ${values.join(', ')}`));
}
