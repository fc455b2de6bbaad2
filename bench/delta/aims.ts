/** The aims of the speed issue for deltas, as figures of one pair. Measures nothing. */
import type { Figure } from '../figure.ts';
import { median } from '../table.ts';
import type { Applied, Made } from './method.ts';

/** What one pair gave. */
export interface Compared {
  readonly kind: 'ext4' | 'erofs' | 'squashfs';
  readonly update: 'large' | 'minor';
  readonly size: 'small' | 'full' | 'lean';
  readonly imageBytes: number;
  readonly rows: readonly {
    readonly method: string;
    readonly made: Made;
    readonly applied: readonly Applied[];
  }[];
  /** Seconds that Node alone takes to hash and write the image. */
  readonly floor: number;
}

const MAKE_S = 60;
const MAKE_BYTES = 1.5e9;

/** Peers that are not installed leave their aims out. */
export function* aimsOf(compared: Compared): Generator<Figure> {
  const { kind, update, size } = compared;
  const name = `${kind} ${update}`;
  const ours = bytesOf(compared, 'ours, default');
  const release = bytesOf(compared, 'ours, release');
  const xdelta = bytesOf(compared, 'xdelta3 -9');
  const casync = bytesOf(compared, 'casync 16k');
  const stores = Math.min(
    casync ?? Number.POSITIVE_INFINITY,
    bytesOf(compared, 'zchunk') ?? Number.POSITIVE_INFINITY,
  );
  if (ours === undefined) return;
  const ratio = function* (what: string, value: number, to: number): Generator<Figure> {
    if (!Number.isFinite(value) || value <= 0) return;
    // In 128 MiB the kernel and the initrd, which nobody can match, weigh four times as much.
    yield { what: `${name}: ${what}`, value, unit: 'times', ...(size !== 'small' && { aim: { to } }) };
  };
  if (kind === 'squashfs') {
    yield* ratio('bytes against xdelta3 -9, default', ours / (xdelta ?? 0), 1);
  } else if (update === 'large') {
    yield* ratio('bytes against xdelta3 -9, default', ours / (xdelta ?? 0), 0.76);
    if (release !== undefined)
      yield* ratio('bytes against xdelta3 -9, release', release / (xdelta ?? 0), 0.72);
    yield* ratio('bytes against the best chunk store', ours / stores, 0.42);
    const saved = 1 - ours / (bytesOf(compared, 'full pack') ?? 0);
    yield { what: `${name}: saved of the full pack`, value: 100 * saved, unit: '%', aim: { from: 60 } };
  } else {
    yield* ratio('bytes against casync', ours / (casync ?? 0), 0.08);
  }
  yield* applying(compared, name);
  if (size === 'full' && kind === 'ext4' && update === 'large') yield* making(compared, name);
}

function* applying({ rows, floor, imageBytes, update }: Compared, name: string): Generator<Figure> {
  const applied = rows.find(({ method }) => method === 'ours, default')?.applied ?? [];
  const rate = floor / median(applied.map(({ insideS = Number.NaN }) => insideS));
  const rateAim = update === 'large' ? { aim: { from: 0.6 } } : {};
  yield {
    what: `${name}: rate of applying against Node hashing and writing`,
    value: rate,
    unit: 'times',
    ...rateAim,
  };
  const reads = median(applied.map(({ baseBytes = 0 }) => baseBytes)) / imageBytes;
  yield {
    what: `${name}: bytes read from the base against the image`,
    value: reads,
    unit: 'times',
    aim: { to: 3 },
  };
}

function* making({ rows }: Compared, name: string): Generator<Figure> {
  const cost = rows.find(({ method }) => method === 'ours, default')?.made.cost;
  if (cost === undefined) return;
  yield {
    what: `${name}: making with two workers, default`,
    value: cost.wallS,
    unit: 's',
    aim: { to: MAKE_S },
  };
  yield {
    what: `${name}: memory of making`,
    value: cost.rss / 1e6,
    unit: 'MB',
    aim: { to: MAKE_BYTES / 1e6 },
  };
}

function bytesOf({ rows }: Compared, method: string): number | undefined {
  return rows.find((row) => row.method === method)?.made.wireBytes;
}
