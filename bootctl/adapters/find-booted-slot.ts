/**
 * Which slot runs, from everything that can say so: the slot parameters of the kernel command line, its root
 * device, and a vendor's command. It looks at devices and runs the command; the rule is `booted-slot.ts`'s: all
 * that speak have to agree.
 */
import { readFile, stat } from 'node:fs/promises';
import { SLOT_NAMES, type SlotName } from '../backend.ts';
import { type BootNames, DEFAULT_BOOT_NAMES, slotsInList } from '../boot-names.ts';
import { agreedSlot, rootDevice, type SlotStatement, slotStatements } from '../booted-slot.ts';
import { BootControlError } from '../error.ts';
import { VendorProcess } from './vendor-process.ts';

export interface BootedSlotClues {
  /** The file with the kernel command line. */
  readonly cmdline: string;
  readonly names?: BootNames | undefined;
  /** Partitions of each slot, to compare the root device with. */
  readonly partitions: Readonly<Record<SlotName, readonly string[]>>;
  /** Program and arguments that print the boot name of the booted slot; empty: none. */
  readonly command: readonly string[];
}

/** Errors: BOOTED_SLOT_UNKNOWN, COMMAND_FAILED, COMMAND_TIMEOUT. */
export async function findBootedSlot(clues: BootedSlotClues): Promise<SlotName> {
  const cmdline = await readFile(clues.cmdline, 'utf8').catch((cause: unknown) => {
    throw new BootControlError('BOOTED_SLOT_UNKNOWN', `${clues.cmdline} could not be read`, {
      facts: { path: clues.cmdline },
      cause,
    });
  });
  return agreedSlot([
    ...slotStatements(cmdline, clues.names),
    ...(await statementOfRoot(cmdline, clues)),
    ...(await statementOfCommand(clues)),
  ]);
}

/** A root that is no slot's partition (verity, an initramfs' own) says nothing; it contradicts nobody. */
async function statementOfRoot(
  cmdline: string,
  { partitions }: BootedSlotClues,
): Promise<readonly SlotStatement[]> {
  const path = rootDevice(cmdline);
  const root = path === undefined ? undefined : await deviceOf(path);
  if (path === undefined || root === undefined) return [];
  const statements: SlotStatement[] = [];
  for (const slot of SLOT_NAMES) {
    const devices = await Promise.all(partitions[slot].map(deviceOf));
    if (devices.includes(root)) statements.push({ source: `root=${path}`, slot });
  }
  return statements;
}

async function statementOfCommand({
  command: [program, ...words],
  names = DEFAULT_BOOT_NAMES,
}: BootedSlotClues): Promise<readonly SlotStatement[]> {
  if (program === undefined) return [];
  const answer = await new VendorProcess(program).run(words);
  const [slot] = slotsInList(answer, names, program);
  return [{ source: `${program}: ${answer}`, slot }];
}

/** Device number of a device, place of a file (emulation); undefined when it is not there. */
async function deviceOf(path: string): Promise<string | undefined> {
  try {
    const found = await stat(path, { bigint: true });
    return found.isBlockDevice() ? `device ${found.rdev}` : `file ${found.dev} ${found.ino}`;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new BootControlError('BOOTED_SLOT_UNKNOWN', `${path} could not be looked at`, {
      facts: { path },
      cause: error,
    });
  }
}
