/** One way to bring a new image to a device that has the old one: how it is made, what it sends, how it is applied. */
import type { Cost, Run } from '../measured.ts';

/** What a pair of images is compared in. */
export interface Pair {
  readonly name: string;
  readonly oldImage: string;
  readonly newImage: string;
  readonly imageBytes: number;
  /** A folder of this pair alone; methods keep what they make in folders of their own inside. */
  readonly folder: string;
}

export interface Made {
  /** Bytes that a device fetches, indexes included. */
  readonly wireBytes: number;
  readonly cost: Cost;
}

export interface Applied extends Run {
  /** Bytes read from the old image, where the method counts them. */
  readonly baseBytes?: number;
  /** Seconds inside the program, without its start, where it says so. */
  readonly insideS?: number;
}

export interface Method {
  readonly name: string;
  /** Debian package; undefined for our own. */
  readonly package?: string;
  /** Program that has to be there. */
  readonly program?: string;
  make(pair: Pair): Promise<Made>;
  /** Writes the new image to `output` and flushes it. */
  apply(pair: Pair, output: string): Promise<Applied>;
}
