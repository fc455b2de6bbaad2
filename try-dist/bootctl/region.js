/**
 * A stretch of durable bytes as boot control and vault want it: a partition, a file, or power-cut storage in
 * tests. It knows offsets and flushes, nothing of what the bytes mean.
 */
export {};
