/**
 * What the verbs of `donabe release` share: loading the release room, printing an outcome, common arguments.
 * The release room is loaded when a verb runs: it is no part of the package for devices.
 */
import { type Command, InvalidArgumentError } from 'commander';
import { printResult } from './output.ts';

/** A plain object for `--json`, and the lines for people. */
export interface Outcome {
  readonly json: unknown;
  readonly lines: readonly string[];
  readonly ok: boolean;
}

export type Room = typeof import('../release/index.ts');

const EXIT_FAILED = 1;
const SHORT_ID_DIGITS = 16;
/** To the year 5138. */
const EPOCH_SECONDS = /^\d{1,11}$/;

/** The release room is wanted where only the device's part of the package is installed. */
export class ReleaseRoomMissingError extends Error {
  override readonly name = 'ReleaseRoomMissingError';
  readonly code = 'RELEASE_ROOM_MISSING';

  constructor(cause: unknown) {
    super('This package is the one for devices; make and check releases on a build host', { cause });
  }
}

/** Runs a verb and prints its outcome; what it throws is the program's business. */
export async function run(options: { json?: true }, verb: (room: Room) => Promise<Outcome>): Promise<void> {
  const outcome = await verb(await releaseRoom());
  printResult(options.json === true, outcome.json, outcome.lines);
  if (!outcome.ok) process.exitCode = EXIT_FAILED;
}

async function releaseRoom(): Promise<Room> {
  try {
    return await import('../release/index.ts');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND') {
      throw new ReleaseRoomMissingError(cause);
    }
    throw cause;
  }
}

/** An option that may be repeated. */
export function collect(value: string, earlier: string[] = []): string[] {
  return [...earlier, value];
}

/** A whole number. */
export function wholeFlag(value: string): number {
  if (!/^\d{1,15}$/.test(value)) throw new InvalidArgumentError('it must be a whole number');
  return Number(value);
}

/** reproducible-builds.org: SOURCE_DATE_EPOCH, seconds since 1970, stands in for the clock; all else is wrong usage. */
export function buildTime(command: Command): string {
  const epoch = process.env['SOURCE_DATE_EPOCH'];
  if (epoch !== undefined && !EPOCH_SECONDS.test(epoch)) {
    return command.error(`error: SOURCE_DATE_EPOCH is not a number of seconds: ${JSON.stringify(epoch)}`);
  }
  const time = epoch === undefined ? new Date() : new Date(Number(epoch) * 1000);
  return `${time.toISOString().slice(0, 19)}Z`;
}

/** The first digits of a key id or a digest. */
export function short(id: string): string {
  return id.slice(0, SHORT_ID_DIGITS);
}

/** Bytes as MiB, for people. */
export function mib(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
