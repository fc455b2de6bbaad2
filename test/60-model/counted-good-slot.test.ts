/** A boot loader that counts good slots too must not make a good slot look like one that is being left. */
import { beforeEach, expect, it } from 'vitest';
import { enterBy, entryFacts } from '../../agent/model/entry-table.ts';
import { newTrial } from '../../agent/model/trial.ts';
import { EMPTY_VAULT } from '../../agent/model/vault-record.ts';
import type { VaultRecord } from '../../agent/model/vault-rows.ts';
import { restoreTries } from '../../agent/walk/restore-tries.ts';
import {
  DEFAULT_BOOT_NAMES,
  decideGrubBoot,
  encodeGrubBlock,
  GrubEnv,
  type SlotName,
} from '../../bootctl/index.ts';
import { MemoryFile } from '../20-bootctl/memory-file.ts';

let file: MemoryFile;
let record: VaultRecord;

const opened = (booted: SlotName): GrubEnv => new GrubEnv(file, { counting: 'vendor', booted });

/** RAUC's sample script: the flag of every slot that it starts is set. */
function powerOn(): SlotName | undefined {
  const { slot, save } = decideGrubBoot(file.bytes ?? new Uint8Array(), {
    names: DEFAULT_BOOT_NAMES,
    counting: 'vendor',
    opens: { a: true, b: true },
  });
  if (save !== undefined) file.bytes = encodeGrubBlock(save);
  return slot;
}

const door = async (booted: SlotName): Promise<string> =>
  enterBy(
    entryFacts(booted, await opened(booted).read(), record, undefined, {
      bootId: 'this boot',
      bootMode: 'normal',
    }),
  ).door;

const restore = (booted: SlotName): Promise<void> =>
  restoreTries({
    booted,
    bootControl: opened(booted),
    policy: { tries: 1 },
    vault: { read: async () => ({ record, lost: false }), write: async () => undefined },
  });

/** Both slots good, b booted last. */
beforeEach(async () => {
  file = new MemoryFile();
  record = EMPTY_VAULT;
  await opened('a').initialise('a');
  await opened('a').activate('b', 1);
  powerOn();
  await opened('b').markGood('b');
});

it('a good slot is itself again before the table looks', async () => {
  expect(powerOn()).toBe('b');
  expect(await door('b')).toBe('await-reboot');
  await restore('b');
  expect(await door('b')).toBe('fresh');
  expect(powerOn()).toBe('b');
});

it('only a boot costs a write, however often the agent starts', async () => {
  powerOn();
  const before = file.writes;
  for (let start = 0; start < 5; start += 1) await restore('b');
  expect(file.writes - before).toBe(1);
});

it('a trial keeps what it has left, also one that only the vault remembers', async () => {
  powerOn();
  record = {
    ...EMPTY_VAULT,
    trial: newTrial('b', { identity: 'f'.repeat(64), version: '2.0.0' }, 'deployment', 0),
  };
  await restore('b');
  expect((await opened('b').read()).slots.b.triesRemaining).toBe(0);
  record = EMPTY_VAULT;
  await opened('b').activate('a', 1);
  powerOn();
  await restore('a');
  expect((await opened('a').read()).slots.a.triesRemaining).toBe(0);
});
