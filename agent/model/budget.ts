/**
 * The byte budget: how much one release may cost on the line before a person is asked. It is charged per
 * release identity over all deployments; bytes that were fetched and thrown away count like any other.
 * Pure; who keeps the count and where a configured budget comes from is not known here.
 */
import { AgentError } from '../errors.ts';

/** Share of the smallest complete way that faults on the line may cost on top, in percent. */
const MARGIN_PERCENT = 20;
/** Bytes on top for small releases: indexes, envelopes, some chunks fetched twice. */
const MARGIN_BYTES = 5 * 1024 * 1024;

/** Default budget in bytes: 1.2 times the smallest complete way plus 5 MiB, rounded up. */
export function byteBudget(smallestWay: number): number {
  return Math.ceil((smallestWay * (100 + MARGIN_PERCENT)) / 100) + MARGIN_BYTES;
}

/**
 * What one release may cost, bytes. On a metered line the smallest way sets it, and a delta that falls too often ends
 * there; on another one it holds even if every chunk falls, so that nobody has to be asked.
 */
export function releaseBudget(
  policy: { readonly byteBudget: number | undefined; readonly metered: boolean },
  plan: { readonly smallestWay: number; readonly largestWay: number },
): number {
  return policy.byteBudget ?? byteBudget(policy.metered ? plan.smallestWay : plan.largestWay);
}

/** Bytes that may still be fetched; 0 when the budget is spent. */
export function budgetLeft(budget: number, spent: number): number {
  return Math.max(budget - spent, 0);
}

/**
 * Throws BYTE_BUDGET_SPENT when `wanted` more bytes would exceed the budget. Asked before each request with
 * the bytes that it will bring, and with `wanted` 0 while a body is read, since a server may send more.
 */
export function requireBudget(budget: number, spent: number, wanted: number): void {
  if (spent + wanted <= budget) return;
  throw new AgentError(
    'BYTE_BUDGET_SPENT',
    `This release has cost ${spent} bytes and needs ${wanted} more, but the budget is ${budget} bytes; ` +
      'a new release, or a larger [server] byte budget, lifts this.',
    { facts: { budget, spent, wanted } },
  );
}
