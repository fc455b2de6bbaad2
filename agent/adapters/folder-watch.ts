/**
 * Says when something was written into a folder and has come to rest. It is a hurry, no more: where the system tells
 * nothing (a network share, a folder that was replaced), the poll interval finds the change as well.
 */
import { type FSWatcher, watch } from 'node:fs';
import type { Clock } from '../ports.ts';

/** No further change for so long: a copy writes several times a second. ms */
const REST_MS = 1_000;
/** A folder that is not there, or was replaced, is watched again after this time, ms. */
const AGAIN_MS = 60_000;

/** Calls `changed` after each burst of changes, until the returned function is called. */
export function watchFolder(folder: string, clock: Clock, changed: () => void): () => Promise<void> {
  const end = new AbortController();
  const watching = watchOn(folder, clock, changed, end.signal);
  return async () => {
    end.abort('terminate');
    await watching;
  };
}

async function watchOn(folder: string, clock: Clock, changed: () => void, end: AbortSignal): Promise<void> {
  while (!end.aborted) {
    await untilBroken(folder, clock, changed, end);
    await clock.sleep(AGAIN_MS, end);
  }
}

/** Resolves when the folder can be watched no more. */
async function untilBroken(
  folder: string,
  clock: Clock,
  changed: () => void,
  end: AbortSignal,
): Promise<void> {
  const watcher = watcherOf(folder);
  if (watcher === undefined) return;
  let burst: AbortController | undefined;
  const restart = (): void => {
    burst?.abort();
    const mine = new AbortController();
    burst = mine;
    void clock.sleep(REST_MS, mine.signal).then(() => {
      if (!mine.signal.aborted) changed();
    });
  };
  await new Promise<void>((resolve) => {
    const stop = (): void => resolve();
    // Who was not watching may have missed something.
    restart();
    watcher.on('change', restart).on('error', stop).on('close', stop);
    // A folder that is renamed or removed tells so about itself, and nothing any more after it.
    watcher.on('change', (event, name) => {
      if (event === 'rename' && name === folder.split('/').at(-1)) stop();
    });
    end.addEventListener('abort', stop, { once: true });
  });
  burst?.abort();
  watcher.close();
}

function watcherOf(folder: string): FSWatcher | undefined {
  try {
    return watch(folder, { persistent: false });
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return undefined;
    throw error;
  }
}
