/**
 * Where the copies of a U-Boot environment lie, as the backend wants it: whole copies, and a way to be alone with
 * them. It knows nothing of what the bytes mean.
 */

import type { FlagSchemeName } from './uboot-env-block.ts';

/** One copy of the environment. */
export interface EnvCopy {
  /** Path and offset, for messages. */
  readonly name: string;
  /** Exactly the medium's `size` in bytes, in memory of the caller's own. Error: REGION_READ_FAILED. */
  read(): Promise<Uint8Array>;
  /** Durable on return. Error: REGION_WRITE_FAILED. */
  write(bytes: Uint8Array): Promise<void>;
}

export interface EnvMedium {
  /** Bytes of one copy. */
  readonly size: number;
  /** How the two copies' flags are written there. */
  readonly scheme: FlagSchemeName;
  /** One, whose write must then be atomic, or two. */
  readonly copies: readonly EnvCopy[];
  /** Runs `work` while no other program of the field's changes the environment. Error: BOOT_CONTROL_LOCKED. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}
