/** The aims of the speed issue for installs. Measures nothing. */
import type { Figure } from '../figure.ts';
import type { Run } from '../measured.ts';
import { median } from '../table.ts';

export interface Installed {
  readonly compared: Readonly<Record<string, readonly Run[]>>;
  readonly sparse: { readonly small: Run | undefined; readonly large: Run | undefined };
  readonly limited: Readonly<Record<string, boolean>> | undefined;
}

const FLOOR = 'floor: curl, openssl, dd';
const PASS = 'one pass of openssl over the slot';

/** Peers that are not installed leave their aims out. */
export function* installAims({ compared, sparse, limited }: Installed): Generator<Figure> {
  const of = (name: string, what: 'wallS' | 'cpuS'): number =>
    median((compared[name] ?? []).map((run) => run[what]));
  const rss = (name: string): number => Math.max(...(compared[name] ?? []).map((run) => run.rss)) / 1e6;
  for (const [what, name] of [
    ['full', 'ours, full'],
    ['uncompressed', 'ours, full, uncompressed'],
  ] as const) {
    const wall = of(name, 'wallS');
    if (compared['swupdate, uncompressed'] !== undefined) {
      yield {
        what: `${what}: wall against swupdate and one pass`,
        value: wall / (of('swupdate, uncompressed', 'wallS') + of(PASS, 'wallS')),
        unit: 'times',
        aim: { to: 1 },
      };
    }
    yield {
      what: `${what}: wall against floor and pass (stretch 1.25)`,
      value: wall / (of(FLOOR, 'wallS') + of(PASS, 'wallS')),
      unit: 'times',
      aim: { to: 1.6 },
    };
    yield {
      what: `${what}: processor time against floor and pass`,
      value: of(name, 'cpuS') / (of(FLOOR, 'cpuS') + of(PASS, 'cpuS')),
      unit: 'times',
      aim: { to: 1.2 },
    };
    yield { what: `${what}: peak RSS (stretch 80)`, value: rss(name), unit: 'MB', aim: { to: 100 } };
  }
  yield { what: 'delta: peak RSS (stretch 80)', value: rss('ours, delta'), unit: 'MB', aim: { to: 115 } };
  const [small, large] = [(sparse.small?.rss ?? Number.NaN) / 1e6, (sparse.large?.rss ?? Number.NaN) / 1e6];
  yield { what: 'sparse 4 GiB: peak RSS', value: large, unit: 'MB', aim: { to: 100 } };
  yield { what: 'sparse 4 GiB: peak RSS against 64 MiB', value: large / small, unit: 'times' };
  for (const [name, ended] of Object.entries(limited ?? {})) {
    yield {
      what: `${name}: ends under a hard limit of 128 MB`,
      value: ended ? 1 : 0,
      unit: 'of 1',
      aim: { from: 1 },
    };
  }
}
