/**
 * The agent's log: one line per event, which systemd takes from stderr into the journal; as text for people, or as
 * JSON for programs. It must not know where the lines go.
 */
import { fstatSync } from 'node:fs';
import { EVENT_TABLE, LEVELS, type Level } from '../event-table.ts';
import type { Happening, ProgressEvent, Reporter } from '../events.ts';
import type { Clock } from '../ports.ts';

export interface LogHow {
  readonly format: 'text' | 'json';
  /** Nothing below it is written. */
  readonly level: Level;
  /** Lines of text begin with their priority in angle brackets, which the journal takes off again. */
  readonly priorities: boolean;
  readonly clock: Pick<Clock, 'now' | 'synchronised'>;
}

/** Longer sentences hold what a stranger sent, characters. */
const MOST_CHARACTERS = 4096;

/** Progress lines come at each new phase or reason, and at each tenth of the way. */
export function logEvents(reporter: Reporter, write: (line: string) => void, how: LogHow): void {
  const log = (happening: Happening, text: string): void => {
    const { level } = EVENT_TABLE[happening.name];
    if (LEVELS[level] > LEVELS[how.level]) return;
    if (how.format === 'json') write(jsonLine(happening, level, reporter.last, how.clock));
    else write(`${how.priorities ? `<${LEVELS[level]}>` : ''}${oneLine(text)}`);
  };
  let last = '';
  reporter.on('happened', (happening) => log(happening, `${happening.name}: ${happening.message}`));
  reporter.on('progressed', (event) => {
    const { phase, status, reason } = event;
    const tenth = Math.floor(event.progress / 10);
    const key = `${phase} ${status} ${reason ?? ''} ${tenth}`;
    if (key === last) return;
    last = key;
    const happening = told(event, tenth * 10);
    log(happening, `phase ${happening.message}`);
  });
}

/** Does stderr go into the journal? Then `$JOURNAL_STREAM` names it (systemd.exec(5)). */
export function writesToJournal(environment: NodeJS.ProcessEnv): boolean {
  const { JOURNAL_STREAM: named } = environment;
  if (named === undefined) return false;
  const { dev, ino } = fstatSync(process.stderr.fd);
  return named === `${dev}:${ino}`;
}

function told({ phase, status, reason, bytes }: ProgressEvent, percent: number): Happening {
  const moved = `fetched ${bytes.fetched}, reused ${bytes.reused}, written ${bytes.written}`;
  return {
    name: 'progress',
    message: `${phase} ${percent} % (${moved})${reason === undefined ? '' : `: ${reason}`}`,
    facts: { phase, status, reason, percent, ...bytes },
  };
}

/** One JSON object. `time` is the wall clock's, which means little while it is not synchronised (rule 11). */
function jsonLine(
  { name, message, facts }: Happening,
  level: Level,
  { device_id, deployment }: ProgressEvent,
  clock: LogHow['clock'],
): string {
  const line = {
    time: new Date(clock.now()).toISOString(),
    synchronised: clock.synchronised(),
    level,
    event: name,
    message,
    device: device_id,
    deployment,
    facts,
  };
  return JSON.stringify(line, cut);
}

/**
 * In what somebody else said a line feed, or a zero byte (systemd-journald.service(8) splits at both), would begin a
 * line of its own, with a priority of its own; other control characters would command the reader's terminal.
 */
function oneLine(text: string): string {
  return text.slice(0, MOST_CHARACTERS).replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
}

/** A fact may hold what a stranger sent, as a sentence does. */
function cut(_name: string, value: unknown): unknown {
  return typeof value === 'string' ? value.slice(0, MOST_CHARACTERS) : value;
}
