/**
 * The program of a worker thread: a delta encoder that is driven by messages. An error ends the thread, and the
 * pool hears of it.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { DeltaEncoder } from './delta-encoder.js';
const port = parentPort;
if (port === null)
    throw new Error('this file is the program of a worker thread');
const work = workerData;
const encoder = new DeltaEncoder(work);
port.on('message', (task) => {
    if (task.kind === 'enter') {
        encoder.enter(task.part, task.parts);
        port.postMessage({ frame: undefined });
        return;
    }
    port.postMessage({ frame: encoder.encode(task.chunk, task.place) });
});
