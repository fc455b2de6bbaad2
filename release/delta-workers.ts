/**
 * Worker threads that make delta frames: each takes one task at a time, the next free one takes the next task.
 * Results do not depend on their number. With none the work is done in the calling thread.
 * Must not know what a frame holds.
 */
import { Worker } from 'node:worker_threads';
import { DeltaEncoder, type DeltaWork } from './delta-encoder.ts';
import type { DeltaAnswer, DeltaTask } from './delta-worker.ts';

/** The program that the threads run. */
export const WORKER_PROGRAM = new URL(
  // The same file beside this one, in the source and in what is built from it.
  `./delta-worker${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`,
  import.meta.url,
);

interface Waiting {
  readonly task: DeltaTask;
  readonly resolve: (answer: DeltaAnswer) => void;
  readonly reject: (error: unknown) => void;
}

export class DeltaWorkers {
  readonly #here: DeltaEncoder | undefined;
  readonly #threads: Worker[] = [];
  readonly #free: Worker[] = [];
  readonly #busy = new Map<Worker, Waiting>();
  readonly #waiting: Waiting[] = [];
  #failure: unknown;

  /** `count` threads; 0 for none. */
  constructor(work: DeltaWork, count: number, program: URL) {
    this.#here = count === 0 ? new DeltaEncoder(work) : undefined;
    for (let number = 0; number < count; number += 1) {
      const thread = new Worker(program, { workerData: work });
      thread.on('message', (answer: DeltaAnswer) => this.#answered(thread, answer));
      thread.on('error', (error) => this.#fail(error));
      this.#threads.push(thread);
      this.#free.push(thread);
    }
  }

  /** Enters the whole base in the table; before the first chunk. */
  async enter(): Promise<void> {
    const parts = Math.max(1, this.#threads.length);
    const shares = Array.from({ length: parts }, (_, part) => this.#run({ kind: 'enter', part, parts }));
    await Promise.all(shares);
  }

  /** The frame at brotli's `quality` 0..11 of a chunk at `place` of the image; undefined: it has to be sent whole. */
  async encode(chunk: Uint8Array, place: number, quality: number): Promise<Uint8Array | undefined> {
    return (await this.#run({ kind: 'encode', chunk, place, quality })).frame;
  }

  /** Ends the threads, whatever they do. */
  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
  }

  #run(task: DeltaTask): Promise<DeltaAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#here !== undefined) {
        resolve(answerHere(this.#here, task));
        return;
      }
      if (this.#failure !== undefined) {
        reject(this.#failure);
        return;
      }
      this.#waiting.push({ task, resolve, reject });
      this.#dispatch();
    });
  }

  #dispatch(): void {
    while (this.#waiting.length > 0 && this.#free.length > 0) {
      const thread = this.#free.pop();
      const next = this.#waiting.shift();
      if (thread === undefined || next === undefined) return;
      this.#busy.set(thread, next);
      thread.postMessage(next.task);
    }
  }

  #answered(thread: Worker, answer: DeltaAnswer): void {
    this.#busy.get(thread)?.resolve(answer);
    this.#busy.delete(thread);
    this.#free.push(thread);
    this.#dispatch();
  }

  #fail(error: unknown): void {
    this.#failure = error;
    for (const { reject } of [...this.#busy.values(), ...this.#waiting.splice(0)]) reject(error);
    this.#busy.clear();
  }
}

async function answerHere(encoder: DeltaEncoder, task: DeltaTask): Promise<DeltaAnswer> {
  if (task.kind === 'encode') return { frame: await encoder.encode(task.chunk, task.place, task.quality) };
  encoder.enter(task.part, task.parts);
  return { frame: undefined };
}
