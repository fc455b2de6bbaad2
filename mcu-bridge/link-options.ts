/** What a link may be told, what it counts, and the times that it goes by. Values only. */
import { type DiscardReason, FRAME_GAP_MS } from './deframer.ts';
import { FRAME_FORMAT } from './frame.ts';
import type { LinkRules } from './link-machine.ts';

export interface LinkOptions extends LinkRules {
  /** Milliseconds of silence inside a frame that end it. */
  readonly gapMs: number;
  /** Requests that may wait for their turn; one more is refused. */
  readonly longestQueue: number;
  /** Number of the first frame, 0..255. Random, so that a reply to an earlier process is not taken for ours. */
  readonly firstNumber: number;
}

/**
 * 500 ms: the largest frame there and back takes 510 ms at 9600 baud, the largest core set reply 50 ms.
 * 3 tries: at one frame in ten lost, one request in a thousand fails. 16 waiting: nobody needs more than 3.
 */
export const LINK_DEFAULTS = {
  timeoutMs: 500,
  tries: 3,
  numbered: true,
  format: FRAME_FORMAT,
  gapMs: FRAME_GAP_MS,
  longestQueue: 16,
} as const;

/** Seconds within which the board is back after a reboot, as told to the MCU. */
export const EXPECTED_REBOOT_SECONDS = 120;

/**
 * Seconds that a firmware has on trial until it must be accepted: the new firmware's start and the handshake take
 * a few, and a board that is interrupted meanwhile starts again within two minutes.
 */
export const TRIAL_SECONDS = 300;

/** Since the link was made: frames that were dropped or repeated, bytes that were no frame. */
export interface LinkCounters {
  readonly framesReceived: number;
  readonly repeated: number;
  readonly stale: number;
  readonly unexpected: number;
  readonly discardedBytes: Readonly<Record<DiscardReason, number>>;
}
