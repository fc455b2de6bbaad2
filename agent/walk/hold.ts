/**
 * The download waits while somebody asks it to: no byte is asked for or taken out of the socket. What is in the slot
 * is safe before the wait begins, which may last as long as a programme cooks.
 */
import type { Device } from '../device.ts';
import { Stopped } from './stopped.ts';
import type { Transfer } from './transfer.ts';

/** Pause between two looks, ms: the kernel's pressure moves every 2 s, a cooker's mode every few minutes. */
export const HOLD_LOOK_MS = 5_000;

/** Returns when nobody holds the download; shows who does. Error: Stopped. */
export async function awaitHolds(
  device: Pick<Device, 'holds' | 'clock' | 'reporter'>,
  transfer: Pick<Transfer, 'checkpoint'>,
  signal: AbortSignal,
): Promise<void> {
  const { clock, reporter } = device;
  let heldSince: number | undefined;
  for (;;) {
    const reason = await firstReason(device, signal);
    if (reason === undefined) break;
    if (heldSince === undefined) {
      heldSince = clock.monotonic();
      await transfer.checkpoint();
      reporter.happened('download-held', `The download waits: ${reason}.`);
    }
    reporter.progress('waiting', { status: 'waiting', reason });
    await clock.sleep(HOLD_LOOK_MS, signal);
    if (signal.aborted) throw new Stopped(signal.reason);
  }
  if (heldSince === undefined) return;
  const heldMs = clock.monotonic() - heldSince;
  reporter.progress('fetching');
  reporter.happened('download-goes-on', `The download goes on after ${Math.round(heldMs / 1000)} s.`, {
    heldMs,
  });
}

async function firstReason(
  { holds }: Pick<Device, 'holds'>,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    for (const hold of holds) {
      const reason = await hold.reason(signal);
      if (reason !== undefined) return reason;
    }
    return undefined;
  } catch (error) {
    if (signal.aborted) throw new Stopped(signal.reason);
    throw error;
  }
}
