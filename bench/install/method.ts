/** One way to bring an image from a server into the inactive slot. */
import type { Run, RunOptions } from '../measured.ts';

export interface Way {
  readonly name: string;
  readonly package?: string;
  readonly program?: string;
  /** Bytes that it writes in one go, for a kill at half of them. */
  readonly writes: number;
  /** Undoes what an earlier run left; not measured. */
  reset(): Promise<void>;
  /** Fetches and installs. */
  run(options?: RunOptions): Promise<Run>;
  /** Ends what runs beside it. */
  close?(): Promise<void>;
}
