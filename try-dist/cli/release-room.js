/**
 * What the verbs of `donabe release` share: loading the release room, printing an outcome, common arguments.
 * The release room is loaded when a verb runs: it is no part of the package for devices.
 */
import { InvalidArgumentError } from 'commander';
import { printResult } from './output.js';
const EXIT_FAILED = 1;
const SHORT_ID_DIGITS = 16;
/** The release room is wanted where only the device's part of the package is installed. */
export class ReleaseRoomMissingError extends Error {
    name = 'ReleaseRoomMissingError';
    code = 'RELEASE_ROOM_MISSING';
    constructor(cause) {
        super('This package is the one for devices; make and check releases on a build host', { cause });
    }
}
/** Runs a verb and prints its outcome; what it throws is the program's business. */
export async function run(options, verb) {
    const outcome = await verb(await releaseRoom());
    printResult(options.json === true, outcome.json, outcome.lines);
    if (!outcome.ok)
        process.exitCode = EXIT_FAILED;
}
async function releaseRoom() {
    try {
        return await import('../release/index.js');
    }
    catch (cause) {
        if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND') {
            throw new ReleaseRoomMissingError(cause);
        }
        throw cause;
    }
}
/** An option that may be repeated. */
export function collect(value, earlier = []) {
    return [...earlier, value];
}
/** A whole number. */
export function wholeFlag(value) {
    if (!/^\d{1,15}$/.test(value))
        throw new InvalidArgumentError('it must be a whole number');
    return Number(value);
}
/** The first digits of a key id or a digest. */
export function short(id) {
    return id.slice(0, SHORT_ID_DIGITS);
}
/** Bytes as MiB, for people. */
export function mib(bytes) {
    return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
