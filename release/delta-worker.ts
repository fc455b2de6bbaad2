/**
 * The program of a worker thread: a delta encoder that is driven by messages. An error ends the thread, and the
 * pool hears of it.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { giveBack } from '../format/index.ts';
import { DeltaEncoder, type DeltaWork } from './delta-encoder.ts';

/** What a worker is asked: enter a share of the base, or encode one chunk. */
export type DeltaTask =
  | { readonly kind: 'enter'; readonly part: number; readonly parts: number }
  | { readonly kind: 'encode'; readonly chunk: Uint8Array; readonly place: number; readonly quality: number };

/** What it answers: the frame, if there is one. */
export interface DeltaAnswer {
  readonly frame: Uint8Array | undefined;
}

const port = parentPort;
if (port === null) throw new Error('this file is the program of a worker thread');
const work: DeltaWork = workerData;
const encoder = new DeltaEncoder(work);

port.on('message', async (task: DeltaTask) => {
  if (task.kind === 'enter') {
    encoder.enter(task.part, task.parts);
    port.postMessage({ frame: undefined } satisfies DeltaAnswer);
    return;
  }
  const frame = await encoder.encode(task.chunk, task.place, task.quality);
  port.postMessage({ frame } satisfies DeltaAnswer);
  // A copy that was sent here: the collector would let many of them wait.
  giveBack(task.chunk);
});
