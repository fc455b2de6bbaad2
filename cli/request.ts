/**
 * `donabe pause | resume | cancel | confirm | rollback`, and the way in which every such wish reaches a walker
 * (rule 16): a running agent is asked by its local API. Without one that listens: without a walker the command takes the lock and does it; beside one it leaves a durable request, signals the walker,
 * and waits for its answer. Should the walker end in between, the command does it after all.
 */
import { setTimeout } from 'node:timers/promises';
import { Command } from 'commander';
import type { Config, RequestVerb, Store } from '../agent/index.ts';
import { askForDeed, sentenceOf } from './api-client.ts';
import { goOn, YES } from './go-on.ts';
import { printResult } from './output.ts';
import { type AgentRoom, agentRoom, type Walking, walking } from './session.ts';

/** How often an answer is looked for: a rollback's has to be read before the reboot ends this process. */
const LOOK_MS = 50;

interface Wish {
  readonly verb: Exclude<RequestVerb, 'upgrade' | 'force' | 'force-retry'>;
  /** The slot that the wish is about: a request that outlives a reboot must not be obeyed in the other one. */
  readonly argument: (context: { room: AgentRoom; config: Config }) => string | Promise<string>;
  readonly description: string;
  readonly example: string;
  /** Asked about on a terminal; undefined: not. */
  readonly deed?: string;
  readonly obey: (context: Walking) => Promise<string>;
}

const WISHES: readonly Wish[] = [
  {
    verb: 'pause',
    description:
      'let no update begin or go on until donabe resume or an install, over reboots; trials still come to their end',
    example: 'donabe pause',
    argument: nothing,
    obey: async ({ room, device }) => room.obeyPause(device),
  },
  {
    verb: 'resume',
    description: 'end a pause: an update goes on from its last checkpoint',
    example: 'donabe resume --json',
    argument: nothing,
    obey: async ({ room, device }) => room.obeyResume(device),
  },
  {
    verb: 'cancel',
    description: 'end the update under way, also one that is active and not yet booted',
    example: 'donabe cancel',
    argument: bootedNow,
    obey: ({ room, device }) => room.obeyCancel(device),
  },
  {
    verb: 'confirm',
    description: "end a trial by mark good, without the vendor's health checks",
    example: 'donabe confirm --json',
    argument: bootedNow,
    obey: ({ room, device, signal }) => room.obeyConfirm(device, signal),
  },
  {
    verb: 'rollback',
    description: 'go back to the other slot, if its seal holds; reboots when the cooker lets it',
    example: 'donabe rollback --yes',
    deed: 'The other slot becomes active and the board reboots when the cooker lets it; what runs now is refused from then on.',
    argument: bootedNow,
    obey: ({ room, device, signal }) => room.obeyRollback(device, signal),
  },
];

export function requestCommands(configPath: () => string): readonly Command[] {
  return WISHES.map((wish) => {
    const command = new Command(wish.verb).description(wish.description).option('--json', 'one JSON object');
    if (wish.deed !== undefined) command.option(...YES);
    return command
      .addHelpText('after', `\nExample:\n  ${wish.example}`)
      .action(async (options: { json?: true; yes?: true }) => {
        if (wish.deed !== undefined) await goOn(wish.deed, options);
        const asked = await askForDeed(await actSocket(configPath()), wish.verb);
        if ('answer' in asked) {
          printResult(options.json === true, { answer: asked.answer }, [asked.answer]);
          return;
        }
        const work = (left: number | undefined): Promise<void> =>
          walking(configPath(), wish.verb, async (context) => {
            if (left !== undefined) context.device.store.answerRequest(left, 'ok: done by the command');
            await unlessStopped(context, async () => {
              const answer = await wish.obey(context);
              printResult(options.json === true, { answer }, [answer]);
              // The reboot that a rollback needs stands behind a door of the entry table.
              if (wish.verb === 'rollback') await context.room.enter(context.device, context.signal, true);
            });
          });
        await leaveRequest(configPath(), wish.verb, wish.argument, options.json === true, work, asked.left);
      });
  });
}

async function actSocket(configPath: string): Promise<string> {
  const room = await agentRoom();
  return room.apiSockets((await room.loadConfig(configPath)).values).act;
}

/** A pause is about the device, whichever slot runs. */
function nothing(): string {
  return '';
}

function bootedNow({ room, config }: { room: AgentRoom; config: Config }): Promise<string> {
  return room.bootedSlot(config);
}

/** Ctrl-C, or the SIGTERM of the reboot that was asked for: what is decided is durable, the agent goes on from it. */
async function unlessStopped({ room, signal }: Walking, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof room.Stopped) && !(signal.aborted && error === signal.reason)) throw error;
  }
}

/**
 * Does `work` under the lock; beside a walker lets the walker do it and prints its answer. `work` is told the id
 * of a request that was left and that nobody answered: it answers it before it acts, so that it is done once.
 */
export async function leaveRequest(
  configPath: string,
  verb: RequestVerb,
  argument: (context: { room: AgentRoom; config: Config }) => string | Promise<string>,
  json: boolean,
  work: (left: number | undefined) => Promise<void>,
  leftBefore?: number,
): Promise<void> {
  const room = await agentRoom();
  const config = await room.loadConfig(configPath);
  let left = leftBefore;
  for (;;) {
    try {
      return await work(left);
    } catch (error) {
      if (!(error instanceof room.AgentError) || error.code !== 'LOCKED') throw error;
    }
    const wish = await argument({ room, config });
    const store = room.openStore(room.storePath(config), { mayMigrate: false, maySetAside: false }).store;
    try {
      left ??= store.addRequest(verb, wish);
      const answer = await askHolder(room, config, store, left);
      if (answer !== undefined) return printAnswer(room, json, answer);
    } finally {
      store.dispose();
    }
  }
}

/** The walker's answer; undefined when there is no walker any more. */
async function askHolder(
  room: AgentRoom,
  config: Config,
  store: Store,
  left: number,
): Promise<string | undefined> {
  const asked = room.lockHolder(config.values['paths.run'])?.pid;
  if (asked === undefined || !signalled(asked, 'SIGUSR2')) return undefined;
  for (;;) {
    const answer = store.request(left)?.answer;
    if (answer !== undefined) return answer;
    if (room.lockHolder(config.values['paths.run'])?.pid !== asked || !signalled(asked, 0)) return undefined;
    await setTimeout(LOOK_MS);
  }
}

/** False when the process is gone. */
function signalled(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

function printAnswer(room: AgentRoom, json: boolean, answer: string): void {
  const sentence = sentenceOf(room, answer);
  printResult(json, { answer: sentence }, [sentence]);
}
