/**
 * A `Region` in memory for the tests of this room: it counts writes, can lose power at any of them (keeping,
 * dropping or tearing the write at hand), can refuse, and can lie. It knows no layout.
 */
import type { Region } from '../../bootctl/index.ts';

export class PowerLost extends Error {}

/** What is left of the write during which power is lost. */
export type CutWrite = 'dropped' | 'kept' | 'torn-front' | 'torn-back' | 'garbage';
export const CUT_WRITES: readonly CutWrite[] = ['dropped', 'kept', 'torn-front', 'torn-back', 'garbage'];

/** A tear of a format's own: what is left of `after` written over `before`. */
export type Tear = (before: Uint8Array, after: Uint8Array) => Uint8Array;

export class MemoryRegion implements Region {
  bytes: Uint8Array;
  /** Offsets of all writes so far, in order. */
  readonly writes: number[] = [];
  flushes = 0;
  closed = false;
  /** The write with this number (from 1) meets a power cut; undefined: none does. */
  cutAt: number | undefined;
  cutWrite: CutWrite | Tear = 'dropped';
  /** Writes are accepted and forgotten. */
  lying = false;
  #dead = false;

  constructor(bytes: Uint8Array | number) {
    this.bytes = typeof bytes === 'number' ? new Uint8Array(bytes) : Uint8Array.from(bytes);
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    this.#requirePower();
    return this.bytes.slice(offset, offset + length);
  }

  async write(offset: number, data: Uint8Array): Promise<void> {
    this.#requirePower();
    this.writes.push(offset);
    if (this.writes.length === this.cutAt) {
      this.bytes.set(leftOf(this.cutWrite, this.bytes.slice(offset, offset + data.length), data), offset);
      this.#dead = true;
      throw new PowerLost();
    }
    if (!this.lying) this.bytes.set(data, offset);
  }

  async flush(): Promise<void> {
    this.#requirePower();
    this.flushes += 1;
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  #requirePower(): void {
    if (this.#dead) throw new PowerLost();
  }
}

/** Tears inside the 32-byte block, which a sector-wide tear could not show. */
const TEAR_AT = 14;

function leftOf(cut: CutWrite | Tear, before: Uint8Array, after: Uint8Array): Uint8Array {
  if (typeof cut === 'function') return cut(before, after);
  switch (cut) {
    case 'dropped':
      return before;
    case 'kept':
      return after;
    case 'torn-front':
      return Uint8Array.from([...after.subarray(0, TEAR_AT), ...before.subarray(TEAR_AT)]);
    case 'torn-back':
      return Uint8Array.from([...before.subarray(0, TEAR_AT), ...after.subarray(TEAR_AT)]);
    case 'garbage':
      return after.map((byte, index) => byte ^ (index * 7 + 1));
  }
}
