/**
 * A vendor's gate: an ES module that exports `evaluate(context)`. Each evaluation has a thread of its own, with
 * limits on time and memory, and is ended there; what it answers is checked like any other input. It must not know
 * what follows from an answer.
 */
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import * as v from 'valibot';
import type { VendorGateSettings } from '../config.ts';
import { AgentError } from '../errors.ts';
import type { GateAnswer, GateContext } from '../model/gates/answer.ts';
import type { Gate } from '../ports.ts';

/** Runs in the thread; a null answer is no answer. A data: URL, so that it is at hand in the bundle, too. */
const PROGRAM = `
import { parentPort, workerData } from 'node:worker_threads';
const { evaluate } = await import(workerData.module);
parentPort.postMessage(JSON.stringify((await evaluate(workerData.context)) ?? null));
`;
const PROGRAM_URL = new URL(`data:text/javascript,${encodeURIComponent(PROGRAM)}`);

/** Longest answer that is parsed, characters: a reason and a version. */
const MOST_ANSWER = 4096;
const MIB = 1024 * 1024;
/** What a thread takes beside its heap, MiB; measured at 12, with room. */
const THREAD_MIB = 32;
/** A thread's own heap and stack before the module has done anything, MiB. */
const YOUNG_MIB = 4;
const STACK_MIB = 2;
/** The thread's limits count no buffers, so the process is looked at as well, ms. */
const MEMORY_LOOK_MS = 20;

const reason = v.pipe(v.string(), v.minLength(1), v.maxLength(512));
const answerSchema = v.nullable(
  v.variant('kind', [
    v.object({ kind: v.literal('allow') }),
    v.object({
      kind: v.literal('wait'),
      reason,
      until: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
    }),
    v.object({ kind: v.literal('deny'), reason }),
    v.object({ kind: v.literal('prefer'), version: v.pipe(v.string(), v.minLength(1), v.maxLength(256)) }),
  ]),
);

export class VendorGate implements Gate {
  readonly name: string;
  readonly priority: number;
  readonly #settings: VendorGateSettings;

  constructor(settings: VendorGateSettings) {
    this.name = settings.name;
    this.priority = settings.priority;
    this.#settings = settings;
  }

  /** Undefined: it has nothing to say. Errors: GATE_FAILED; the signal's reason. */
  async evaluate(context: GateContext, signal: AbortSignal): Promise<GateAnswer | undefined> {
    signal.throwIfAborted();
    const { module, memoryMiB } = this.#settings;
    const thread = new Worker(PROGRAM_URL, {
      workerData: { module: pathToFileURL(module).href, context },
      resourceLimits: {
        maxOldGenerationSizeMb: memoryMiB,
        maxYoungGenerationSizeMb: YOUNG_MIB,
        stackSizeMb: STACK_MIB,
      },
      // What a gate prints is nobody's log, and credentials in the environment are not its business.
      env: {},
      execArgv: [],
      stdin: false,
      stdout: true,
      stderr: true,
    });
    thread.stdout.resume();
    thread.stderr.resume();
    try {
      return this.#parse(await this.#answerOf(thread, signal));
    } finally {
      await thread.terminate();
    }
  }

  #answerOf(thread: Worker, signal: AbortSignal): Promise<unknown> {
    const { timeoutMs, memoryMiB } = this.#settings;
    const most = process.memoryUsage.rss() + (memoryMiB + THREAD_MIB) * MIB;
    return new Promise((resolve, reject) => {
      const stop = (): void => reject(signal.reason);
      const late = setTimeout(() => reject(this.#failed(`gave no answer within ${timeoutMs} ms`)), timeoutMs);
      const look = setInterval(() => {
        if (process.memoryUsage.rss() > most) reject(this.#failed(`took more than ${memoryMiB} MiB`));
      }, MEMORY_LOOK_MS);
      const end = (): void => {
        clearTimeout(late);
        clearInterval(look);
        signal.removeEventListener('abort', stop);
      };
      signal.addEventListener('abort', stop, { once: true });
      thread.once('message', (answer: unknown) => resolve(answer));
      thread.once('error', (error) => reject(this.#failed(`failed: ${sentenceOf(error)}`, error)));
      // Also the end of every other way: the thread is always terminated.
      thread.once('exit', () => {
        end();
        reject(this.#failed('ended without an answer'));
      });
    });
  }

  #parse(text: unknown): GateAnswer | undefined {
    if (typeof text !== 'string' || text.length > MOST_ANSWER)
      throw this.#failed('gave no answer that can be read');
    const parsed = v.safeParse(answerSchema, jsonOf(text));
    if (!parsed.success) throw this.#failed('answered with nonsense');
    return parsed.output ?? undefined;
  }

  #failed(what: string, cause?: unknown): AgentError {
    const { name, module } = this.#settings;
    return new AgentError('GATE_FAILED', `Gate ${name} ${what}; look at ${module}.`, {
      facts: { gate: name, module },
      cause,
    });
  }
}

/** Undefined for what is no JSON; the module may send messages of its own. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

function sentenceOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, MOST_ANSWER);
}
