/**
 * All gates in the order of their numbers, the agent's own and the vendor's: the first decisive answer wins. A gate
 * that fails is one that waits, never one that allows.
 */
import type { Device } from '../device.ts';
import { AgentError } from '../errors.ts';
import { type GateAnswer, type GateContext, type GateVerdict, verdictOf } from '../model/gates/answer.ts';
import { BUILT_IN_GATES } from '../model/gates/built-in.ts';
import { type GatedRelease, gateContext } from './gate-context.ts';
import { Stopped } from './stopped.ts';

interface Asked {
  readonly name: string;
  readonly priority: number;
  readonly answer: (context: GateContext, signal: AbortSignal) => Promise<GateAnswer | undefined>;
}

type Moment = Parameters<typeof gateContext>[2];

/** Error: Stopped. */
export async function askGates(
  device: Device,
  release: GatedRelease,
  moment: Moment,
  signal: AbortSignal,
): Promise<GateVerdict> {
  let name = 'sensors';
  try {
    const context = await gateContext(device, release, moment, signal);
    for (const gate of inOrder(device)) {
      name = gate.name;
      const answer = await gate.answer(context, signal);
      if (answer !== undefined) return verdictOf(name, answer, release.version);
    }
    return { kind: 'open' };
  } catch (error) {
    if (signal.aborted) throw new Stopped(signal.reason);
    if (!(error instanceof AgentError)) throw error;
    return { kind: 'held', gate: name, reason: error.message, until: undefined };
  }
}

/**
 * Each gate once, whatever it answers: from a slot in which one fails no further update would ever be let through
 * (rule 13). Error: GATE_FAILED.
 */
export async function everyGateAnswers(device: Device, signal: AbortSignal): Promise<void> {
  const { release, profile } = device;
  const booted: GatedRelease = {
    identity: profile.bootedIdentity ?? '',
    version: release.version,
    sequence: release.sequence,
    securityVersion: release.securityVersion,
    channel: release.channel,
    severity: 'normal',
    apply: 'now',
  };
  const moment: Moment = { stage: 'activate', consented: false, heldBy: undefined, rollOut: undefined };
  const context = await gateContext(device, booted, moment, signal);
  for (const gate of inOrder(device)) await gate.answer(context, signal);
}

/** Of two with one number the agent's own comes first, then the configuration's order. */
function inOrder({ gates }: Device): readonly Asked[] {
  const own = BUILT_IN_GATES.map(({ name, priority, evaluate }) => ({
    name,
    priority,
    answer: async (context: GateContext) => evaluate(context, gates.settings),
  }));
  const vendors = gates.vendor.map((gate) => ({
    name: gate.name,
    priority: gate.priority,
    answer: (context: GateContext, signal: AbortSignal) => gate.evaluate(context, signal),
  }));
  return [...own, ...vendors].sort((left, right) => left.priority - right.priority);
}
