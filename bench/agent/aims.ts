/** The aims of the service issue for what the agent costs, and the tables. Measures nothing. */
import type { Figure } from '../figure.ts';
import { markdownTable, median, megabytes, seconds } from '../table.ts';
import type { Idle } from './idle.ts';

export interface Install {
  readonly wallS: number;
  /** Peak RSS of the agent's whole life, and what it was before the install began, bytes. */
  readonly peak: number;
  readonly before: number;
  /** Bytes that the server sent. */
  readonly wire: number;
}

export interface Measured {
  readonly starts: { readonly agentS: readonly number[]; readonly bareS: readonly number[] };
  readonly idle: { readonly agent: Idle; readonly bare: Idle };
  /** How long idle was watched. */
  readonly idleS: number;
  readonly installs: { readonly full: Install; readonly delta: Install };
  /** Undefined: no limit could be set here. */
  readonly limited: Readonly<Record<string, Install | undefined>> | undefined;
}

const HOUR_S = 3600;

export function* agentAims({ starts, idle, idleS, installs, limited }: Measured): Generator<Figure> {
  const hour = (idle.agent.cpuS / idleS) * HOUR_S;
  yield { what: 'idle: RSS (stretch 55)', value: idle.agent.rss / 1e6, unit: 'MB', aim: { to: 65 } };
  yield { what: 'idle: RSS above bare Node', value: (idle.agent.rss - idle.bare.rss) / 1e6, unit: 'MB' };
  yield { what: 'idle: PSS', value: idle.agent.pss / 1e6, unit: 'MB' };
  const extrapolated = `idle: processor time an hour, extrapolated from ${idleS} s`;
  yield { what: extrapolated, value: hour, unit: 's', aim: { to: 1 } };
  const ratio = median(starts.agentS) / median(starts.bareS);
  yield { what: "start to READY=1 against bare Node's start", value: ratio, unit: 'times', aim: { to: 4 } };
  yield { what: 'full install: peak RSS', value: installs.full.peak / 1e6, unit: 'MB', aim: { to: 100 } };
  yield { what: 'delta install: peak RSS', value: installs.delta.peak / 1e6, unit: 'MB', aim: { to: 115 } };
  for (const [name, run] of Object.entries(limited ?? {})) {
    const value = run === undefined ? 0 : 1;
    yield {
      what: `${name} install: ends under a hard limit of 128 MB`,
      value,
      unit: 'of 1',
      aim: { from: 1 },
    };
  }
}

export function agentTables({ starts, idle, idleS, installs, limited }: Measured): string {
  const whiles = Object.entries({ 'the agent': idle.agent, 'bare Node': idle.bare }).map(([name, one]) => [
    name,
    megabytes(one.rss),
    megabytes(one.pss),
    one.cpuS.toFixed(3),
    one.childrenS.toFixed(2),
    ((one.cpuS / idleS) * HOUR_S).toFixed(2),
  ]);
  const begins = Object.entries({
    'the agent, to READY=1': starts.agentS,
    'bare Node, to its end': starts.bareS,
  }).map(([name, all]) => [
    name,
    seconds(median(all)),
    `${seconds(Math.min(...all))} to ${seconds(Math.max(...all))}`,
  ]);
  const runs = Object.entries(installs).map(([name, run]) => rowOf(name, run));
  for (const [name, run] of Object.entries(limited ?? {})) {
    if (run !== undefined) runs.push(rowOf(`${name}, under 128 MB`, run));
  }
  return [
    markdownTable(['start', 'median s', 'min to max'], begins),
    markdownTable(
      [`idle for ${idleS} s`, 'RSS MB', 'PSS MB', 'CPU s', 'of it children', 'CPU s an hour'],
      whiles,
    ),
    markdownTable(['install', 'wire MB', 'wall s', 'RSS MB before', 'peak RSS MB'], runs),
    '',
  ].join('\n');
}

function rowOf(name: string, { wire, wallS, before, peak }: Install): string[] {
  return [name, megabytes(wire), seconds(wallS), megabytes(before), megabytes(peak)];
}
