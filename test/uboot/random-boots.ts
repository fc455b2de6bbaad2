/**
 * Environments by lot, and what the tables of `bootctl` say that a boot loader makes of them. Pure.
 */

import { DEFAULT_BOOT_NAMES } from '../../bootctl/boot-names.ts';
import { SLOT_NAMES, type SlotName } from '../../bootctl/index.ts';
import { decideUbootBoot, orderOfEnv } from '../../bootctl/uboot-decision.ts';
import type { EnvBlock } from '../../bootctl/uboot-env-block.ts';
import type { Random } from '../../fixtures/seed.ts';
import type { Variables } from './bench.ts';

const RULES = { names: DEFAULT_BOOT_NAMES, counting: 'donabe' } as const;
/** Counters are one digit. */
const COUNTERS = 10;
const ORDERS = ['A', 'B', 'A B', 'B A'];
const TRIALS = ['', 'A', 'B', 'A B', 'B A'];

/** Every order, counters from 0 to 9 with many zeros and some missing, every trial mark. */
export function randomVariables(random: Random): Variables {
  const counter = (name: string): Variables => {
    const drawn = random.below(COUNTERS + 5) - 5;
    return drawn === -1 ? {} : { [name]: String(Math.max(0, drawn)) };
  };
  const trial = TRIALS[random.below(TRIALS.length)] ?? '';
  return {
    BOOT_ORDER: ORDERS[random.below(ORDERS.length)] ?? 'A',
    ...counter('BOOT_A_LEFT'),
    ...counter('BOOT_B_LEFT'),
    ...(trial === '' ? {} : { donabe_trial: trial }),
  };
}

/** The slot that starts, after a reset if the tables ask for one, and the boot control that is then stored. */
export function expectedBoot(variables: Variables): { readonly slot: SlotName; readonly left: string } {
  let env = envOf(variables);
  // Without a try anywhere the board saves new ones and resets, once.
  for (let boot = 0; boot < 2; boot += 1) {
    const { slot, save } = decideUbootBoot(env, RULES);
    env = save ?? env;
    if (slot !== undefined) return { slot, left: textOf(env) };
  }
  throw new RangeError(`the tables start nothing by ${JSON.stringify(variables)}`);
}

/** The boot control in the variables as text, for comparison. */
export function bootControlIn(variables: Variables): string {
  return textOf(envOf(variables));
}

function textOf(env: EnvBlock): string {
  const { order, tries, trial } = orderOfEnv(env, RULES);
  // A counter of a slot out of the order means nothing to anybody.
  const left = SLOT_NAMES.map((slot) => (order.includes(slot) ? tries[slot] : '-'));
  return `order ${order.join(' ')}, left ${left.join(' ')}, trial ${[...trial].sort().join(' ')}`;
}

function envOf(variables: Variables): EnvBlock {
  return { entries: Object.entries(variables).map(([name, value]) => `${name}=${value}`), flags: 0 };
}
