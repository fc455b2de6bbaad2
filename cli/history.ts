/** `donabe history`: the past deployments of this device, and whether their chain holds. Reads only, takes no lock. */
import { Command, InvalidArgumentError } from 'commander';
import type { ChainVerdict, ClosedDeployment, History } from '../agent/index.ts';
import { askAgent } from './api-client.ts';
import { megabytes, printResult, table } from './output.ts';
import { type AgentRoom, agentRoom } from './session.ts';

/** Digits of a digest that tell rows apart for a person; `--json` has them all. */
const SHOWN_DIGITS = 12;

interface Options {
  readonly verify?: true;
  readonly limit?: number;
  readonly json?: true;
}

export function historyCommand(configPath: () => string): Command {
  return new Command('history')
    .description('past deployments, newest first; with --verify whether anybody changed or removed one')
    .option('--verify', 'check the digests that chain all rows, and say which one does not hold')
    .option('--limit <n>', 'show at most so many; all that are kept', limitArgument)
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      '\nA row that an older agent closed has no digest and is shown as not chained.\nWith --verify it ends with 65 when a row does not hold.\n\nExamples:\n  donabe history --limit 5\n  donabe history --verify\n  donabe history --json | jq .history[0].reason',
    )
    .action(async (options: Options) => {
      const room = await agentRoom();
      const whole = await historyNow(room, configPath());
      const verdict = options.verify && room.checkChain(whole.history.toReversed(), whole.head ?? undefined);
      const shown = { ...whole, history: whole.history.slice(0, options.limit) };
      printResult(
        options.json === true,
        verdict === undefined ? shown : { ...shown, verdict },
        linesOf(shown.history, verdict),
      );
      if (verdict?.holds === false) throw broken(room, verdict);
    });
}

/** Of the running agent, whose files not everybody may open; else from the files themselves. */
async function historyNow(room: AgentRoom, configPath: string): Promise<History> {
  const config = await room.loadConfig(configPath);
  const reply = await askAgent(room.apiSockets(config.values).look, 'GET', '/api/v1/history');
  if (reply?.status === 200) return reply.body as unknown as History;
  const vault = await room.openVault(config);
  try {
    return await room.readHistory(room.storePath(config), vault, room.MOST_HISTORY);
  } finally {
    await vault.close();
  }
}

function linesOf(history: readonly ClosedDeployment[], verdict: ChainVerdict | undefined): readonly string[] {
  const rows = history.map((past) => [
    String(past.number),
    new Date(past.closedAt).toISOString(),
    past.version,
    past.slot,
    past.outcome,
    megabytes(past.bytes.fetched),
    past.digest?.slice(0, SHOWN_DIGITS) ?? 'not chained',
    `${past.code} ${past.reason}`.trim(),
  ]);
  const head = ['row', 'closed', 'version', 'slot', 'outcome', 'fetched', 'digest', ''];
  const shown = rows.length === 0 ? ['no deployment has ended here yet'] : table([head, ...rows]);
  if (verdict?.holds !== true) return shown;
  const { chained, notChained } = verdict;
  const gap = notChained.length === 0 ? '' : `; not chained: ${notChained.join(', ')}`;
  return [...shown, `the chain holds: ${chained} rows${gap}`];
}

function broken(room: AgentRoom, verdict: ChainVerdict & { readonly holds: false }): Error {
  const { number, id, reason } = verdict;
  const name = id === '' ? `row ${number}` : `row ${number} (deployment ${id})`;
  return new room.AgentError('HISTORY_BROKEN', `The history does not hold from ${name} on: ${reason}.`, {
    facts: { number, id, reason },
  });
}

function limitArgument(text: string): number {
  const limit = Number(text);
  if (!/^[0-9]{1,3}$/.test(text) || limit < 1) throw new InvalidArgumentError('a limit is 1 to 999');
  return limit;
}
