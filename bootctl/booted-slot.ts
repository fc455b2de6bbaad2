/**
 * Which slot runs, from the kernel command line. Pure; who reads /proc/cmdline is not its business.
 * The shell script of the trial deadline keeps the same rule: change both or none.
 */
import type { SlotName } from './backend.ts';
import { BootControlError } from './error.ts';

/** Parameter name, and what its values mean. U-Boot, RAUC's boot scripts, and integrators of our own. */
const SLOT_PARAMETERS: Readonly<Record<string, Readonly<Record<string, SlotName>>>> = {
  'androidboot.slot_suffix': { _a: 'a', _b: 'b' },
  'rauc.slot': { A: 'a', B: 'b', a: 'a', b: 'b' },
  'donabe.slot': { a: 'a', b: 'b' },
};

/** Command lines are at most 4 KiB on the boards we know; the message shows only what speaks of slots. */
const MAX_SHOWN = 200;

/**
 * The booted slot. Every slot parameter that is there must name the same slot; none, a strange value or two
 * answers are BOOTED_SLOT_UNKNOWN, because a guess could open the running system for writing.
 */
export function bootedSlotFrom(cmdline: string): SlotName {
  const seen: string[] = [];
  const answers = new Set<SlotName | undefined>();
  for (const word of cmdline.split(/[\s\0]+/)) {
    const equals = word.indexOf('=');
    const values = equals < 0 ? undefined : lookUp(SLOT_PARAMETERS, word.slice(0, equals));
    if (values === undefined) continue;
    seen.push(word);
    answers.add(lookUp(values, word.slice(equals + 1)));
  }
  const [slot, ...more] = answers;
  if (slot !== undefined && more.length === 0) return slot;
  const names = Object.keys(SLOT_PARAMETERS).join(', ');
  throw new BootControlError(
    'BOOTED_SLOT_UNKNOWN',
    seen.length === 0
      ? `the kernel command line has none of ${names}; the boot loader must pass one`
      : `the kernel command line does not name one slot: ${seen.join(' ').slice(0, MAX_SHOWN)}`,
    { facts: { seen: seen.join(' ').slice(0, MAX_SHOWN) } },
  );
}

/** Own properties only: a command line may well say `__proto__=1`. */
function lookUp<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
