/**
 * From stretches on displacements to operations. Between two points where the matcher turned to another
 * displacement, the earlier one is followed forward and the later one backward, each as far as it pays; what
 * neither explains is data. A stretch becomes copies, and additions where bytes differ.
 * Must not know how displacements are found.
 */
import type { DeltaOperation } from '../format/index.ts';

/**
 * Equal runs of at least this length are copied; shorter ones go through an addition, bytes. Measured: 64 makes
 * half as many operations more and a minor update 1.6 % longer; 256 is no shorter and makes bodies longer.
 */
const SHORTEST_COPY = 128;

/**
 * Where the base explains too little for an addition, equal runs of at least this length are copied, bytes: the
 * displacement stays, so a copy costs about three bytes. In blocks that were compressed there are many of them.
 * Measured: 8 make a large delta of plain files 0.1 % longer, a minor one 0.3 %, a squashfs 0.03 %.
 */
const SHORTEST_GAP_COPY = 4;

/** An addition with fewer equal bytes than one in this many compresses worse than the bytes themselves. */
const ADD_SHARE = 4;
/** Below this many bytes the change from addition to data and back costs more than it saves. */
const SHORTEST_DATA = 16;

/** Collects the operations of one chunk, in order. A displacement is source minus place in the chunk, bytes. */
export class OperationWriter {
  readonly operations: DeltaOperation[] = [];
  readonly #chunk: Uint8Array;
  readonly #base: Uint8Array;
  /** Everything before is written. */
  #done = 0;

  constructor(chunk: Uint8Array, base: Uint8Array) {
    this.#chunk = chunk;
    this.#base = base;
  }

  /** From the place written so far to about `until`: `from` first, then `to`, which goes on behind `until`. */
  turn(until: number, from: number, to: number): void {
    let forward = this.#forward(until, from);
    let backward = this.#backward(until, to);
    if (forward > backward) {
      const split = this.#bestSplit(backward, forward, from, to);
      forward = split;
      backward = split;
    }
    this.#stretch(forward, from);
    this.#gap(backward, from);
  }

  /** The chunk's end, on the displacement `from`. */
  close(from: number): void {
    this.#stretch(this.#forward(this.#chunk.length, from), from);
    this.#gap(this.#chunk.length, from);
  }

  /** Where a stretch from the done place on pays most: equal bytes count one, different ones minus one. */
  #forward(until: number, displacement: number): number {
    const begin = Math.max(this.#done, -displacement);
    // Bytes before the base begins would have no source.
    if (begin > this.#done) return this.#done;
    const end = Math.min(until, this.#base.length - displacement);
    let gain = 0;
    let most = 0;
    let best = this.#done;
    for (let at = begin; at < end; at += 1) {
      gain += this.#chunk[at] === this.#base[at + displacement] ? 1 : -1;
      if (gain > most) {
        most = gain;
        best = at + 1;
      }
    }
    return best;
  }

  /** The same backward from `until`: where the stretch begins. */
  #backward(until: number, displacement: number): number {
    const begin = Math.max(this.#done, -displacement);
    let gain = 0;
    let most = 0;
    let best = until;
    for (let at = until - 1; at >= begin; at -= 1) {
      gain += this.#chunk[at] === this.#base[at + displacement] ? 1 : -1;
      if (gain > most) {
        most = gain;
        best = at;
      }
    }
    return best;
  }

  /** Where to change from one displacement to the other when both explain `begin` to `end`. */
  #bestSplit(begin: number, end: number, from: number, to: number): number {
    let gain = 0;
    let most = 0;
    let best = begin;
    for (let at = begin; at < end; at += 1) {
      const byte = this.#chunk[at];
      if (byte === this.#base[at + from]) gain += 1;
      if (byte === this.#base[at + to]) gain -= 1;
      if (gain > most) {
        most = gain;
        best = at + 1;
      }
    }
    return best;
  }

  #stretch(until: number, displacement: number): void {
    let begin = this.#done;
    let at = begin;
    let equalBytes = 0;
    while (at < until) {
      const equal = this.#equalRun(at, until, displacement);
      if (equal >= SHORTEST_COPY || at + equal === until) {
        this.#between(begin, at, equalBytes, displacement);
        if (equal > 0) this.operations.push({ kind: 'copy', source: at + displacement, length: equal });
        begin = at + equal;
        equalBytes = 0;
      } else {
        equalBytes += equal;
      }
      at += Math.max(equal, 1);
    }
    this.#between(begin, until, equalBytes, displacement);
    this.#done = until;
  }

  #equalRun(at: number, until: number, displacement: number): number {
    let run = at;
    while (run < until && this.#chunk[run] === this.#base[run + displacement]) run += 1;
    return run - at;
  }

  /** Bytes between two copies: an addition, or data when the base explains too few of them. */
  #between(begin: number, end: number, equalBytes: number, displacement: number): void {
    if (begin === end) return;
    if (end - begin >= SHORTEST_DATA && equalBytes * ADD_SHARE < end - begin) {
      this.operations.push({ kind: 'data', bytes: this.#chunk.subarray(begin, end) });
      return;
    }
    const differences = new Uint8Array(end - begin);
    for (let at = begin; at < end; at += 1) {
      differences[at - begin] = (this.#chunk[at] ?? 0) - (this.#base[at + displacement] ?? 0);
    }
    this.operations.push({ kind: 'add', source: begin + displacement, differences });
  }

  /** What neither displacement explains well: data, with copies where a run of it is in the base all the same. */
  #gap(until: number, displacement: number): void {
    const end = Math.min(until, this.#base.length - displacement);
    let at = Math.max(this.#done, -displacement);
    while (at < end) {
      const equal = this.#equalRun(at, end, displacement);
      if (equal >= SHORTEST_GAP_COPY) {
        this.#data(at);
        this.operations.push({ kind: 'copy', source: at + displacement, length: equal });
        this.#done = at + equal;
      }
      at += equal + 1;
    }
    this.#data(until);
  }

  #data(until: number): void {
    if (until > this.#done) {
      this.operations.push({ kind: 'data', bytes: this.#chunk.subarray(this.#done, until) });
    }
    this.#done = until;
  }
}
