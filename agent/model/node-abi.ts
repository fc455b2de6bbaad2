/**
 * Is this the Node that the package's addons were made for? better-sqlite3 is bound to one ABI: under another one
 * the store, the lock and so the whole agent fail at the first touch, with words that help nobody.
 */
import * as v from 'valibot';
import { AgentError } from '../errors.ts';

const packageSchema = v.object({ donabe: v.optional(v.object({ nodeAbi: v.string(), arch: v.string() })) });

/** What runs: `process.versions` and `process.arch`. */
export interface RunningNode {
  readonly version: string;
  readonly abi: string;
  readonly arch: string;
}

/**
 * `packageFacts`: the content of the package.json beside the program; one that names no ABI, as in the project's
 * own folder, is taken as it is. Error: NODE_MISMATCH.
 */
export function requireNode(packageFacts: unknown, running: RunningNode): void {
  const facts = v.safeParse(packageSchema, packageFacts);
  const built = facts.success ? facts.output.donabe : undefined;
  if (built === undefined) return;
  if (built.nodeAbi === running.abi && built.arch === running.arch) return;
  throw new AgentError(
    'NODE_MISMATCH',
    `This package of donabe is for Node with ABI ${built.nodeAbi} on ${built.arch}, and Node ${running.version} has ABI ${running.abi} on ${running.arch}: install the donabe package for this Node, or the Node that it is for.`,
    { facts: { ...built, running: running.abi, runningArch: running.arch } },
  );
}
