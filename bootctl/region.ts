/**
 * A stretch of durable bytes as boot control and vault want it: a partition, a file, or power-cut storage in
 * tests. It knows offsets and flushes, nothing of what the bytes mean.
 */

export interface Region {
  /** Exactly `length` bytes from byte `offset`, in memory of the caller's own. A shorter answer is an error. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** All of `data` at byte `offset`; durable only after `flush`. */
  write(offset: number, data: Uint8Array): Promise<void>;
  /** Returns when everything that was written is durable. */
  flush(): Promise<void>;
  close(): Promise<void>;
}
