/**
 * `donabe status --watch`: a live view from the agent's stream of events; across restarts and reboots it connects
 * again, and in between it shows what can be read without an agent. On a terminal it draws over itself; elsewhere it
 * writes a line for each change. It must not know how a status is collected.
 */
import { setTimeout } from 'node:timers/promises';
import type { DeviceStatus, ProgressEvent } from '../agent/index.ts';
import { askAgent } from './api-client.ts';
import { megabytes } from './output.ts';
import { Pace, type PaceNow } from './pace.ts';
import type { ProgressStream } from './progress.ts';

export interface WatchParts {
  /** Sockets of the agent, tried in order. */
  readonly sockets: readonly string[];
  readonly eventsPath: string;
  readonly stream: ProgressStream;
  readonly json: boolean;
  /** Without an agent; rejects when it cannot be read. */
  readonly read: () => Promise<DeviceStatus>;
  readonly linesOf: (status: DeviceStatus) => readonly string[];
  readonly signal: AbortSignal;
}

/** How often a watcher without an agent looks for one, ms. */
const LOOK_FOR_AGENT_MS = 1_000;
/** The rest of the status changes slowly, ms. */
const STATUS_EVERY_MS = 5_000;
/** Eyes see no more, ms. */
const DRAW_EVERY_MS = 250;
const HOME_AND_CLEAR = '\x1b[H\x1b[2J';

/** Returns when the signal aborts. */
export async function watch(parts: WatchParts): Promise<void> {
  const view = new View(parts);
  while (!parts.signal.aborted) {
    for (const socket of parts.sockets) await follow(parts, socket, view);
    if (parts.signal.aborted) break;
    await view.withoutAgent();
    await setTimeout(LOOK_FOR_AGENT_MS, undefined, { signal: parts.signal }).catch(() => undefined);
  }
  view.end();
}

/** Listens until the connection ends; at once where there is none. */
async function follow({ eventsPath, signal }: WatchParts, at: string, view: View): Promise<void> {
  if (signal.aborted || (await view.look(at)) === undefined) return;
  const { WebSocket } = await import('ws');
  await new Promise<void>((resolve) => {
    const socket = new WebSocket(`ws+unix://${at}:${eventsPath}`);
    const leave = (): void => socket.terminate();
    const timer = setInterval(() => void view.look(at), STATUS_EVERY_MS);
    signal.addEventListener('abort', leave, { once: true });
    socket.on('message', (data) => view.event(JSON.parse(String(data)) as ProgressEvent));
    // A close follows; why does not matter, the next try tells.
    socket.on('error', leave);
    socket.on('close', () => {
      clearInterval(timer);
      signal.removeEventListener('abort', leave);
      resolve();
    });
  });
}

class View {
  readonly #parts: WatchParts;
  readonly #pace = new Pace();
  #status: DeviceStatus | undefined;
  #mcu: unknown;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #key = '';

  constructor(parts: WatchParts) {
    this.#parts = parts;
  }

  /** The slow part of the view; undefined when no agent answers. */
  async look(socket: string): Promise<DeviceStatus | undefined> {
    const reply = await askAgent(socket, 'GET', '/api/v1/status');
    if (reply?.status !== 200) return undefined;
    this.#status = reply.body as unknown as DeviceStatus;
    const mcu = await askAgent(socket, 'GET', '/api/v1/mcu');
    this.#mcu = mcu?.status === 200 ? mcu.body['status'] : undefined;
    return this.#status;
  }

  event(event: ProgressEvent): void {
    const { fetched, reused } = event.bytes;
    const pace = this.#pace.push(performance.now(), fetched + reused, event.progress);
    if (this.#parts.json) {
      this.#parts.stream.write(`${JSON.stringify(event)}\n`);
      return;
    }
    const key = `${event.phase} ${event.status} ${event.reason ?? ''} ${Math.floor(event.progress / 10)}`;
    if (this.#status !== undefined) this.#status = { ...this.#status, event };
    this.#show(key, progressLines(event, pace, this.#mcu), progressLine(event, pace));
  }

  async withoutAgent(): Promise<void> {
    const note = 'no agent answers; looking for one';
    try {
      this.#status = await this.#parts.read();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
    }
    this.#mcu = undefined;
    if (this.#parts.json) return;
    this.#show('no agent', [note], note);
  }

  end(): void {
    if (this.#parts.stream.isTTY === true) this.#parts.stream.write('\n');
  }

  /** `key` tells what is news; on a terminal movement is, too. */
  #show(key: string, details: readonly string[], line: string): void {
    const { stream, linesOf } = this.#parts;
    const news = key !== this.#key;
    this.#key = key;
    if (stream.isTTY !== true) {
      if (news) stream.write(`${line}\n`);
      return;
    }
    if (!news && performance.now() - this.#drawnAt < DRAW_EVERY_MS) return;
    this.#drawnAt = performance.now();
    const known = this.#status === undefined ? [] : linesOf(this.#status);
    stream.write(`${HOME_AND_CLEAR}${[...known, '', ...details].join('\n')}\n`);
  }
}

/** For a terminal, below the status. */
export function progressLines(
  event: ProgressEvent,
  { bytesPerSecond, secondsLeft }: PaceNow,
  mcu: unknown,
): readonly string[] {
  const { fetched, reused, written, verified } = event.bytes;
  // A medium's bytes are not fetched: no rate is said of what costs no line.
  const rate = bytesPerSecond === undefined || bytesPerSecond === 0 ? '' : `, ${megabytes(bytesPerSecond)}/s`;
  const left = secondsLeft === undefined ? '' : `, ${duration(secondsLeft)} left`;
  return [
    `${event.phase} (${event.status}) ${event.progress} %${rate}${left}`,
    ...(event.reason === undefined ? [] : [`because: ${event.reason}`]),
    `fetched ${megabytes(fetched)}  reused ${megabytes(reused)}  written ${megabytes(written)}  verified ${megabytes(verified)}`,
    ...mcuLine(mcu),
  ];
}

function mcuLine(mcu: unknown): readonly string[] {
  if (typeof mcu !== 'object' || mcu === null || !('modeName' in mcu) || !('class' in mcu)) return [];
  return [`MCU: ${String(mcu.modeName)} (${String(mcu.class)})`];
}

/** For a log: all in one line. */
function progressLine(event: ProgressEvent, pace: PaceNow): string {
  const { secondsLeft } = pace;
  const left = secondsLeft === undefined ? '' : `, ${duration(secondsLeft)} left`;
  const why = event.reason === undefined ? '' : `: ${event.reason}`;
  return `${event.phase} ${event.progress} % (fetched ${megabytes(event.bytes.fetched)}${left})${why}`;
}

/** Two units at most: nobody plans by the second of an hour. */
export function duration(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.round(whole / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
