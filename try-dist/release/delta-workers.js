/**
 * Worker threads that make delta frames: each takes one task at a time, the next free one takes the next task.
 * Results do not depend on their number. With none the work is done in the calling thread.
 * Must not know what a frame holds.
 */
import { Worker } from 'node:worker_threads';
import { DeltaEncoder } from './delta-encoder.js';
/** The program that the threads run. */
export const WORKER_PROGRAM = new URL(
// The same file beside this one, in the source and in what is built from it.
`./delta-worker${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url);
export class DeltaWorkers {
    #here;
    #threads = [];
    #free = [];
    #busy = new Map();
    #waiting = [];
    #failure;
    /** `count` threads; 0 for none. */
    constructor(work, count, program) {
        this.#here = count === 0 ? new DeltaEncoder(work) : undefined;
        for (let number = 0; number < count; number += 1) {
            const thread = new Worker(program, { workerData: work });
            thread.on('message', (answer) => this.#answered(thread, answer));
            thread.on('error', (error) => this.#fail(error));
            this.#threads.push(thread);
            this.#free.push(thread);
        }
    }
    /** Enters the whole base in the table; before the first chunk. */
    async enter() {
        const parts = Math.max(1, this.#threads.length);
        const shares = Array.from({ length: parts }, (_, part) => this.#run({ kind: 'enter', part, parts }));
        await Promise.all(shares);
    }
    /** The frame of a chunk at `place` of the image, or undefined when it has to be sent whole. */
    async encode(chunk, place) {
        return (await this.#run({ kind: 'encode', chunk, place })).frame;
    }
    /** Ends the threads, whatever they do. */
    async close() {
        await Promise.all(this.#threads.map((thread) => thread.terminate()));
    }
    #run(task) {
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
    #dispatch() {
        while (this.#waiting.length > 0 && this.#free.length > 0) {
            const thread = this.#free.pop();
            const next = this.#waiting.shift();
            if (thread === undefined || next === undefined)
                return;
            this.#busy.set(thread, next);
            thread.postMessage(next.task);
        }
    }
    #answered(thread, answer) {
        this.#busy.get(thread)?.resolve(answer);
        this.#busy.delete(thread);
        this.#free.push(thread);
        this.#dispatch();
    }
    #fail(error) {
        this.#failure = error;
        for (const { reject } of [...this.#busy.values(), ...this.#waiting.splice(0)])
            reject(error);
        this.#busy.clear();
    }
}
function answerHere(encoder, task) {
    if (task.kind === 'encode')
        return { frame: encoder.encode(task.chunk, task.place) };
    encoder.enter(task.part, task.parts);
    return { frame: undefined };
}
