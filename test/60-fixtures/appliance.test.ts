/** The emulated appliance with real processes and a stand-in for the agent: boots, falls back, loses power, leaves nothing. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openFileVault } from '../../agent/index.ts';
import { ANDROID_BACKUP_OFFSET, ANDROID_MAIN_OFFSET, readBootParams } from '../../bootctl/index.ts';
import {
  type Appliance,
  boardMark,
  compiledFile,
  markedProcesses,
  type RunningAppliance,
  readDescription,
  startAppliance,
  writeDescription,
} from '../../fixtures/index.ts';
import { makeStandInAppliance, PROGRAM, withBootControl } from './stand-in.ts';

let folder: string;
let running: RunningAppliance | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'donabe-appliance-'));
});
afterEach(async () => {
  await running?.stop();
  running = undefined;
  await rm(folder, { recursive: true, force: true });
});

async function start(appliance: Appliance): Promise<RunningAppliance> {
  running = await startAppliance(appliance);
  return running;
}

/** Slot b as an update would leave it: the images of slot a, and active with `tries` tries. */
async function activateB(appliance: Appliance, tries: number): Promise<void> {
  const { places, description } = appliance;
  for (const slotClass of description.slotClasses) {
    await copyFile(places.partition(slotClass, 'a'), places.partition(slotClass, 'b'));
  }
  await withBootControl(appliance, (misc) => misc.activate('b', tries));
}

async function zero(path: string, offset: number, length: number): Promise<void> {
  const file = await open(path, 'r+');
  await file.write(Buffer.alloc(length), 0, length, offset);
  await file.close();
}

function leftovers(appliance: Appliance): Promise<number[]> {
  return markedProcesses(boardMark(appliance.places.folder));
}

describe('an appliance from the factory', () => {
  it('has slot a good and active, b unbootable, and the seal of a in the vault', async () => {
    const appliance = await makeStandInAppliance(folder, PROGRAM);
    const state = await withBootControl(appliance, (misc) => misc.read());
    expect(state).toMatchObject({ active: 'a', slots: { a: { successful: true }, b: { bootable: false } } });
    const vault = await openFileVault(...appliance.places.vault);
    const { record } = await vault.read();
    await vault.close();
    expect(record.seals).toEqual({ a: appliance.factorySeal });
    expect(record.floors.sequence).toBe(1);
  });

  it('boots slot a and starts the agent from the files of its image', async () => {
    const appliance = await makeStandInAppliance(folder, PROGRAM);
    const board = await start(appliance);
    await board.waitForLine(/^\[1\] agent: up in a agent --config/);
    expect(await board.status()).toMatchObject({ power: 'on', boot: 1, slot: 'a', version: '1.0.0' });
    const { agentPid } = await board.status();
    expect(await readFile(`/proc/${agentPid}/cmdline`, 'utf8')).toContain(
      join(appliance.places.boots, '1', 'root', 'usr/lib/donabe/dist/cli/main.js'),
    );
    expect(await readFile(appliance.places.console, 'utf8')).toContain('[1] boot: slot a runs 1.0.0\n');
    expect(await readBootParams(join(appliance.places.run, 'boot-params'), 0)).toMatchObject({
      bootMode: 'normal',
    });
  });

  it('starts a killed agent again in the same boot, and one that ended well not', async () => {
    const program = `${PROGRAM} if (process.env.LAST) process.exit(0);`;
    const appliance = await makeStandInAppliance(folder, program);
    const board = await start(appliance);
    const first = await board.waitForLine(/agent: up/);
    expect(await board.killAgent()).toBe(true);
    const second = await board.waitForLine(/^\[1\] agent: up/, { after: first });
    const description = await readDescription(appliance.places.description);
    await writeDescription(appliance.places.description, { ...description, environment: { LAST: '1' } });
    await board.reset();
    const ended = await board.waitForLine(/^\[2\] boot: agent ended: exit status 0/, { after: second });
    // The next boot comes without a second start in this one.
    await board.reset();
    await board.waitForLine(/^\[3\] agent: up/);
    const starts = board.lines.filter(
      ({ line, index }) => index > ended.index && line.includes('[2] agent: up'),
    );
    expect(starts).toEqual([]);
  });
});

describe('a reboot', () => {
  it('asked for by the agent stops it with SIGTERM and is a new kernel boot', async () => {
    const appliance = await makeStandInAppliance(folder, `${PROGRAM} reboot();`);
    const board = await start(appliance);
    await board.waitForLine(/^\[1\] agent: stopping/);
    const last = await board.waitForLine(/^\[3\] agent: up/);
    const lines = board.lines.slice(0, last.index).map(({ line }) => line);
    expect(new Set(lines.flatMap((line) => /boot_id (.*)$/.exec(line)?.[1] ?? [])).size).toBe(3);
    // The root file systems of older boots go.
    await board.waitForLine(/^\[4\] agent: up/);
    expect((await readdir(appliance.places.boots)).includes('1')).toBe(false);
  });

  it('kills an agent that ignores SIGTERM, and what it started in other sessions', async () => {
    const program = `${PROGRAM} process.removeAllListeners('SIGTERM').on('SIGTERM', () => undefined);`;
    const appliance = await makeStandInAppliance(folder, program, { timing: { stopGraceMs: 50 } });
    const board = await start(appliance);
    const { line } = await board.waitForLine(/child [0-9]+$/);
    await board.reboot();
    await board.waitForLine(/^\[2\] agent: up/);
    expect(await leftovers(appliance)).not.toContain(Number(/child ([0-9]+)$/.exec(line)?.[1]));
  });
});

describe('a trial', () => {
  it('that reboots and never marks itself good uses up its tries and falls back', async () => {
    const appliance = await makeStandInAppliance(folder, `${PROGRAM} if (slot === 'b') reboot();`);
    await activateB(appliance, 3);
    const board = await start(appliance);
    await board.waitForLine(/agent: up in a/);
    const boots = board.lines.filter(({ line }) => line.includes('boot: slot')).map(({ line }) => line);
    expect(boots).toEqual([
      '[1] boot: slot b runs 1.0.0',
      '[2] boot: slot b runs 1.0.0',
      '[3] boot: slot b runs 1.0.0',
      '[4] boot: slot a runs 1.0.0',
    ]);
  });

  it('that hangs is ended by the trial-deadline script of its own image', async () => {
    const appliance = await makeStandInAppliance(folder, PROGRAM, {
      timing: { trialDeadlineS: 1, trialGraceS: 0 },
    });
    await activateB(appliance, 1);
    const board = await start(appliance);
    await board.waitForLine(/^\[1\] deadline: trial-deadline: the trial was not marked good/);
    await board.waitForLine(/^\[2\] agent: up in a/);
    await board.waitForLine(/^\[2\] deadline: trial-deadline: the booted slot is marked good/);
  });

  it.each([
    ['rootfs', 0, 65_536],
    ['boot', 0, 65_536],
    ['boot', 131_072, 512],
  ])(
    'whose %s image is not whole at byte %i hangs until its tries are used up',
    async (slotClass, at, length) => {
      const appliance = await makeStandInAppliance(folder, PROGRAM);
      await activateB(appliance, 2);
      await zero(appliance.places.partition(slotClass, 'b'), at, length);
      const board = await start(appliance);
      await board.waitForLine(/^\[3\] agent: up in a/);
      expect(board.lines.filter(({ line }) => line.includes('slot b does not come up'))).toHaveLength(2);
    },
  );
});

describe('a lost boot control', () => {
  it('in one copy is taken from the other one', async () => {
    const appliance = await makeStandInAppliance(folder, PROGRAM);
    await activateB(appliance, 3);
    await zero(appliance.places.misc, ANDROID_MAIN_OFFSET, 512);
    const board = await start(appliance);
    await board.waitForLine(/^\[1\] agent: up in b/);
    const state = await withBootControl(appliance, (misc) => misc.read());
    expect(state.slots.b).toMatchObject({ triesRemaining: 2, successful: false });
  });

  it('in both copies is made anew, with slot a first and on trial', async () => {
    const appliance = await makeStandInAppliance(folder, PROGRAM);
    await zero(appliance.places.misc, ANDROID_MAIN_OFFSET, 512);
    await zero(appliance.places.misc, ANDROID_BACKUP_OFFSET, 512);
    const board = await start(appliance);
    await board.waitForLine(/^\[1\] agent: up in a/);
    const state = await withBootControl(appliance, (misc) => misc.read());
    expect(state.slots.a).toMatchObject({ triesRemaining: 6, successful: false });
  });

  it('with two unbootable slots leaves the board off, and says so by exit status 3', async () => {
    const appliance = await makeStandInAppliance(folder, PROGRAM);
    await zero(appliance.places.partition('rootfs', 'a'), 0, 65_536);
    await zero(appliance.places.misc, ANDROID_MAIN_OFFSET, 512);
    await zero(appliance.places.misc, ANDROID_BACKUP_OFFSET, 512);
    const board = await start(appliance);
    await board.waitForLine(/the board stays off: no bootable slot/);
    expect(await board.ended).toBe(3);
    await expect(board.waitForLine(/never/)).rejects.toMatchObject({ code: 'APPLIANCE_STOPPED' });
  });
});

describe('a good slot that does not come up', () => {
  it('without a fallback leaves the board off after the last reset that is allowed', async () => {
    const appliance = await makeStandInAppliance(folder, PROGRAM, { timing: { hungBoots: 3 } });
    await zero(appliance.places.partition('rootfs', 'a'), 0, 65_536);
    const board = await start(appliance);
    await board.waitForLine(/^\[3\] boot: the board stays off: 3 resets in a row/);
    expect(await board.ended).toBe(3);
  });
});

describe('power', () => {
  it('cut and on again boots the same slot with a try less, and an empty /run', async () => {
    const appliance = await makeStandInAppliance(folder, PROGRAM);
    await activateB(appliance, 3);
    const board = await start(appliance);
    await board.waitForLine(/agent: up in b/);
    await writeFile(join(appliance.places.run, 'of-this-boot'), '');
    expect(await board.powerCut()).toMatchObject({ power: 'off', slot: undefined, agentPid: undefined });
    expect(await leftovers(appliance)).toEqual([]);
    expect(await board.powerOn()).toMatchObject({ power: 'on', boot: 2, slot: 'b' });
    const state = await withBootControl(appliance, (misc) => misc.read());
    expect(state.slots.b.triesRemaining).toBe(1);
    expect(await readdir(appliance.places.run)).not.toContain('of-this-boot');
  });

  it('off and on in another boot loader process counts the boots on', async () => {
    const appliance = await makeStandInAppliance(folder, PROGRAM);
    const first = await start(appliance);
    await first.waitForLine(/^\[1\] agent: up/);
    expect(await first.stop()).toBe(0);
    await (await start(appliance)).waitForLine(/^\[2\] agent: up/);
  });

  it('SIGKILL of the boot loader process leaves no process of the board', async () => {
    const appliance = await makeStandInAppliance(folder, PROGRAM);
    const board = await start(appliance);
    await board.waitForLine(/agent: up/);
    expect((await leftovers(appliance)).length).toBeGreaterThanOrEqual(2);
    process.kill(board.pid ?? 0, 'SIGKILL');
    await expect.poll(() => leftovers(appliance), { timeout: 20_000 }).toEqual([]);
  });

  it('goes off when whoever started the boot loader process is gone', async () => {
    const appliance = await makeStandInAppliance(folder, PROGRAM);
    const main = compiledFile('fixtures', 'boot-loader', 'main.js');
    const child = spawn(process.execPath, [main, appliance.places.folder, '--until-stdin-ends'], {
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    await expect.poll(() => leftovers(appliance), { timeout: 20_000 }).not.toEqual([]);
    const ended = once(child, 'exit');
    child.stdin.end();
    expect((await ended)[0]).toBe(0);
    expect(await leftovers(appliance)).toEqual([]);
  });

  it('is refused to a second boot loader process on the same board', async () => {
    const appliance = await makeStandInAppliance(folder, PROGRAM);
    const board = await start(appliance);
    await board.waitForLine(/agent: up/);
    const { agentPid } = await board.status();
    await expect(startAppliance(appliance)).rejects.toThrow(/is running already/);
    expect((await board.status()).agentPid).toBe(agentPid);
  });
});
