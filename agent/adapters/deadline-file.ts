/** How long the confirm deadline has stood still, in the run folder: it outlives the agent's process, and is lost with the boot. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import type { DeadlineMemory } from '../deadline.ts';
import type { Reporter } from '../events.ts';
import type { Standstill } from '../model/standstill.ts';
import { RunFile } from './run-file.ts';

const DEADLINE_FILE = 'deadline.json';
const ms = v.pipe(v.number(), v.finite(), v.minValue(0));
const schema = v.object({ boot: v.string(), before: ms, since: ms, until: ms });

export class DeadlineFile implements DeadlineMemory {
  readonly #path: string;
  readonly #file: RunFile;
  readonly #bootId: string;

  /** `bootId`: a file of another kernel boot counts for nothing. */
  constructor(runFolder: string, bootId: string, reporter: Reporter) {
    this.#path = join(runFolder, DEADLINE_FILE);
    this.#file = new RunFile(runFolder, DEADLINE_FILE, reporter);
    this.#bootId = bootId;
  }

  /** Undefined for a file that is missing, no JSON or of another boot: then the deadline has never stood still. */
  load(): Standstill | undefined {
    let text: string;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error) return undefined;
      throw error;
    }
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), text);
    if (!parsed.success || parsed.output.boot !== this.#bootId) return undefined;
    const { before, since, until } = parsed.output;
    return { before, since, until };
  }

  save(state: Standstill): void {
    this.#file.write(`${JSON.stringify({ boot: this.#bootId, ...state })}\n`);
  }
}
