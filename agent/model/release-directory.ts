/**
 * What every source of a release directory keeps to: the offer's name and limit, the rule for payload names,
 * and which ranges make sense. Pure; whether the directory is a server or a folder is not known here.
 */
import { AgentError } from '../errors.ts';
import type { PayloadPin } from '../ports.ts';

/** The envelope of the release that is offered. */
export const OFFER_NAME = 'release.json';
/** The envelope of the channel, which says to whom. */
export const CHANNEL_NAME = 'channel.json';
/** Bytes: an envelope's payload is at most 1 MiB, base64 makes 1.34 MiB of it, signatures follow. */
export const OFFER_MOST_BYTES = 2 * 1024 * 1024;

/** One path segment. No leading dot: neither `.` and `..` nor hidden files. 255 is what file systems allow. */
const PAYLOAD_NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,254}$/;

/** The name itself, or MANIFEST_REJECTED: a name can never leave the directory or become an address of its own. */
export function requirePayloadName(name: string): string {
  if (PAYLOAD_NAME.test(name)) return name;
  throw new AgentError(
    'MANIFEST_REJECTED',
    `The payload name ${JSON.stringify(name.slice(0, 64))} is not one path segment of letters, digits, '.', '_' and '-'.`,
    { facts: { name: name.slice(0, 64) } },
  );
}

/** Throws RANGE_NOT_SATISFIABLE unless `start` up to and without `end` are bytes of the payload. */
export function requireRange(name: string, start: number, end: number, pin: PayloadPin): void {
  if (Number.isSafeInteger(start) && start >= 0 && start < end && end <= pin.size) return;
  throw new AgentError(
    'RANGE_NOT_SATISFIABLE',
    `Bytes ${start} to ${end} were asked of ${name}, which has ${pin.size}.`,
    { facts: { name, start, end, size: pin.size } },
  );
}
