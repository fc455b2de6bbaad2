/**
 * What the agent tells the world while it works: one typed stream of plain data (DESIGN 5, phases).
 * Listeners print, log, keep the status file; nothing here decides anything.
 */
import { EventEmitter } from 'node:events';
import type { EventFacts, EventName, FactValue } from './event-table.ts';
import type { ByteCounts } from './model/deployment.ts';

export const PHASES = [
  'idle',
  'checking',
  'waiting',
  'fetching',
  'verifying',
  'activating',
  'rebooting',
  'confirming',
  'rolling-back',
  'failed',
] as const;
export type Phase = (typeof PHASES)[number];

/** The vendor protocol's coarse phase. */
export type Stage = 'precheck' | 'flashing' | 'reboot';
export type ProgressStatus = 'running' | 'waiting' | 'paused' | 'success' | 'failed' | 'rolled-back';

export interface ProgressEvent {
  readonly device_id: string;
  /** Empty when no deployment is open. */
  readonly deployment: string;
  readonly phase: Phase;
  readonly stage: Stage;
  /** 0..100 over fetch to finalise. */
  readonly progress: number;
  readonly status: ProgressStatus;
  readonly reason?: string;
  readonly bytes: ByteCounts;
  /** Absent when nothing is out of order. */
  readonly conditions?: readonly Condition[];
  /** Chunks that were to come by way of the booted slot, and then took their full frames. */
  readonly falls: number;
}

/** What holds beside the phase, for hours or days (DESIGN 5). */
export const CONDITIONS = ['mcu-mismatch', 'recovery', 'withdrawn'] as const;
export type Condition = (typeof CONDITIONS)[number];

/** A sentence for the log with its stable name and facts (event-table.ts). */
export interface Happening {
  readonly name: EventName;
  readonly message: string;
  readonly facts: Readonly<Record<string, FactValue>>;
}

/** Past-tense facts for logs; payloads are plain data. */
export interface AgentEvents {
  progressed: [ProgressEvent];
  happened: [Happening];
}

export const STAGE_OF_PHASE: Readonly<Record<Phase, Stage>> = {
  idle: 'precheck',
  checking: 'precheck',
  waiting: 'precheck',
  fetching: 'flashing',
  verifying: 'flashing',
  activating: 'reboot',
  rebooting: 'reboot',
  confirming: 'reboot',
  'rolling-back': 'reboot',
  failed: 'precheck',
};

export const NO_BYTES: ByteCounts = { fetched: 0, reused: 0, written: 0, verified: 0 };

/** The stream with a memory of its last progress event, for newcomers. */
export class Reporter extends EventEmitter<AgentEvents> {
  readonly #deviceId: string;
  #last: ProgressEvent;

  constructor(deviceId: string) {
    super();
    this.#deviceId = deviceId;
    this.#last = {
      device_id: deviceId,
      deployment: '',
      phase: 'idle',
      stage: 'precheck',
      progress: 0,
      status: 'running',
      bytes: NO_BYTES,
      falls: 0,
    };
  }

  get last(): ProgressEvent {
    return this.#last;
  }

  /** A new phase, or movement within one; what is not given stays as it was, except the reason. */
  progress(
    phase: Phase,
    more: Partial<Omit<ProgressEvent, 'device_id' | 'phase' | 'stage' | 'conditions'>> = {},
  ): void {
    const { reason: _old, ...kept } = this.#last;
    // A wait happens within a stage: the coarse phase does not step back for it.
    const stage = phase === 'waiting' ? this.#last.stage : STAGE_OF_PHASE[phase];
    this.#last = { ...kept, status: 'running', ...more, device_id: this.#deviceId, phase, stage };
    this.emit('progressed', this.#last);
  }

  /** Begins or ends a condition; it is shown with every event until it ends. */
  condition(condition: Condition, holds: boolean): void {
    const { conditions = [], ...kept } = this.#last;
    if (conditions.includes(condition) === holds) return;
    const others = conditions.filter((other) => other !== condition);
    const now = holds ? [...others, condition] : others;
    this.#last = now.length === 0 ? kept : { ...kept, conditions: now };
    this.happened(holds ? 'condition-begun' : 'condition-ended', condition, { condition });
    this.emit('progressed', this.#last);
  }

  /** `facts` are those that the event's row names, and what an error brings beside them. */
  happened<N extends EventName>(name: N, message: string, facts?: EventFacts<N>): void {
    this.emit('happened', { name, message, facts: facts ?? {} });
  }
}
