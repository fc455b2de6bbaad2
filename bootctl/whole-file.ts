/**
 * A small file that is read whole and replaced whole: the boot control of boot loaders that keep it in a file
 * system. It knows atomic replacement, nothing of what the bytes mean.
 */

export interface WholeFile {
  /** For messages. */
  readonly path: string;
  /** All bytes; undefined when there is no such file. Error: REGION_READ_FAILED, also beyond `mostBytes`. */
  read(mostBytes: number): Promise<Uint8Array | undefined>;
  /** The old file or the new one after a cut at any instant; durable on return. Error: REGION_WRITE_FAILED. */
  replace(bytes: Uint8Array): Promise<void>;
  /** Gone, durably; nothing happens when it is not there. Error: REGION_WRITE_FAILED. */
  remove(): Promise<void>;
}
