/** The aims of the speed issue for installs. Measures nothing. */
import type { Figure } from '../figure.ts';
import type { Run } from '../measured.ts';
import { median } from '../table.ts';

export interface Installed {
  readonly compared: Readonly<Record<string, readonly Run[]>>;
  readonly sparse: { readonly small: Run | undefined; readonly large: Run | undefined };
  readonly limited: Readonly<Record<string, boolean>> | undefined;
}

/** Peers that are not installed leave their aims out. */
export function* installAims({ compared, sparse, limited }: Installed): Generator<Figure> {
  const of = (name: string, what: 'wallS' | 'cpuS'): number =>
    median((compared[name] ?? []).map((run) => run[what]));
  const rss = (name: string): number => Math.max(...(compared[name] ?? []).map((run) => run.rss)) / 1e6;
  const [pass, floor] = ['one pass of openssl over the slot', 'floor: curl, openssl, dd'];
  const wall = of('ours, full', 'wallS');
  const passS = of(pass, 'wallS');
  if (compared['swupdate, uncompressed'] !== undefined) {
    const peer = of('swupdate, uncompressed', 'wallS') + passS;
    yield {
      what: 'full: wall against swupdate and one pass',
      value: wall / peer,
      unit: 'times',
      aim: { to: 1 },
    };
  }
  const floorS = of(floor, 'wallS') + passS;
  yield {
    what: 'full: wall against floor and pass (stretch 1.25)',
    value: wall / floorS,
    unit: 'times',
    aim: { to: 1.6 },
  };
  const floorCpu = of(floor, 'cpuS') + of(pass, 'cpuS');
  const cpu = of('ours, full', 'cpuS') / floorCpu;
  yield { what: 'full: processor time against floor and pass', value: cpu, unit: 'times', aim: { to: 1.2 } };
  yield { what: 'full: peak RSS (stretch 80)', value: rss('ours, full'), unit: 'MB', aim: { to: 100 } };
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
