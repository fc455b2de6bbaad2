/**
 * Linux and MCU as one transaction (rule 9), through real processes and a real pseudo-terminal: what a release brings
 * to the MCU, what goes back with a rollback, and who goes on where after a kill, a power cut, a pulled plug.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  configurationTemplate,
  type FirmwareBehaviour,
  makeFirmware,
  type SimulatorOptions,
  type SystemRelease,
} from '../../fixtures/index.ts';
import { Kitchen } from './kitchen.ts';
import { NEW_FIRMWARE, OLD_FIRMWARE, Workshop } from './workshop.ts';

/** A page takes 120 ms: the transfer lasts a second, and its middle can be hit. */
const SLOW_FLASH: SimulatorOptions = { eraseMs: 100, writeMs: 20 };
/** So long after its activation the MCU says nothing: whoever is killed in it has not accepted. ms */
const SLOW_START: SimulatorOptions = { bootMs: 3_000 };
const HALF_WAY = /MCU firmware 2\.5\.0: ([4-7])0 % transferred/;

let workshop: Workshop;
let factory: SystemRelease;
let good: SystemRelease;
let kitchen: Kitchen;
beforeAll(async () => {
  workshop = await Workshop.open();
  factory = await workshop.build({ version: '1.0.0', sequence: 1, mcuFirmware: OLD_FIRMWARE });
  good = await workshop.build({ version: '1.1.0', sequence: 2, mcuFirmware: NEW_FIRMWARE });
});
afterAll(() => workshop.close());
afterEach(async () => {
  expect(await kitchen.close()).toEqual([]);
});

async function begin(release: SystemRelease, mcu: SimulatorOptions = {}, from = factory): Promise<void> {
  kitchen = await Kitchen.open(workshop, from, { mcu });
  await kitchen.publish(release);
  await kitchen.switchOn();
}

/** The first line of each event, in the order in which they must have come. */
function expectOrder(...events: readonly RegExp[]): void {
  const lines = kitchen.board.lines.map(({ line }) => line);
  const places = events.map((event) => lines.findIndex((line) => event.test(line)));
  expect(places, lines.join('\n')).not.toContain(-1);
  expect(places, lines.join('\n')).toEqual(places.toSorted((left, right) => left - right));
}

function seen(event: RegExp): boolean {
  return kitchen.board.lines.some(({ line }) => event.test(line));
}

/** What the vendor's services read; undefined: nobody has allowed anything yet. */
function remoteHeating(): string | undefined {
  const path = join(kitchen.appliance.places.run, 'remote-heating');
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
}

function expectPair(firmware: { readonly version: string }): void {
  const { firmwareVersion, onTrial } = kitchen.simulator.mcu;
  expect({ firmwareVersion, onTrial }).toEqual({ firmwareVersion: firmware.version, onTrial: false });
}

async function expectNew(): Promise<void> {
  const { board } = kitchen;
  await board.waitForLine(/slot-marked-good: Slot b is good: 1\.1\.0/);
  await board.waitForLine(/mcu-discarded-old/);
  expectPair(NEW_FIRMWARE);
  expect(kitchen.simulator.mcu.banks.filter((bank) => bank !== undefined)).toHaveLength(1);
  expect(await board.status()).toMatchObject({ slot: 'b', version: '1.1.0' });
}

async function expectOld(): Promise<void> {
  const { board } = kitchen;
  await board.waitForLine(/rolled-back: /);
  expectPair(OLD_FIRMWARE);
  expect(await board.status()).toMatchObject({ slot: 'a', version: '1.0.0' });
  const back = /\[\d+\] agent: agent-started: .* in slot a/;
  await board.waitForLine(/walk-ended: RELEASE_FAILED_BEFORE/);
  expect(seen(back)).toBe(true);
  expect(remoteHeating()).toBe('allowed');
}

/** The tenths that were shown after the line `index`, in order. */
function tenthsAfter(index: number): number[] {
  return kitchen.board.lines
    .slice(index + 1)
    .flatMap(({ line }) => /MCU firmware 2\.5\.0: (\d+) % transferred/.exec(line)?.[1] ?? [])
    .map(Number);
}

describe('a release that brings an MCU firmware', () => {
  it('MCU after the health checks, mark good after the MCU, the old firmware forgotten after mark good', async () => {
    await begin(good);
    const { board, simulator } = kitchen;
    await board.waitForLine(/mcu-transfer-begun/);
    expect(remoteHeating(), 'on trial').not.toBe('allowed');
    await expectNew();
    expectOrder(
      /slot-activated/,
      /boot: slot b runs 1\.1\.0/,
      /health-check-passed/,
      /mcu-transfer-begun: .*2\.5\.0/,
      /MCU firmware 2\.5\.0: 50 % transferred/,
      /mcu-activated: .*2\.5\.0/,
      /mcu-answered: The MCU runs 2\.5\.0/,
      /mcu-belongs: .*2\.5\.0/,
      /slot-marked-good/,
      /mcu-discarded-old/,
    );
    expect(simulator.mcu.resets).toBe(1);
    await board.waitForLine(/looked: .*(nothing-new|already-installed)/);
    expect(remoteHeating()).toBe('allowed');
    const next = await workshop.build({ version: '1.2.0', sequence: 3, mcuFirmware: NEW_FIRMWARE });
    await kitchen.publish(next);
    await board.waitForLine(/slot-marked-good: Slot a is good: 1\.2\.0/);
    expect(simulator.mcu.resets, 'the same firmware is not brought twice').toBe(1);
  });

  it('and whose health check fails: the MCU is never touched', async () => {
    await begin(
      await workshop.build({
        version: '1.1.0',
        sequence: 2,
        mcuFirmware: NEW_FIRMWARE,
        tree: { broken: true },
      }),
    );
    await expectOld();
    expect(seen(/mcu-transfer-begun/)).toBe(false);
    expect(kitchen.simulator.mcu.resets).toBe(0);
  });

  it.each<FirmwareBehaviour>(['wrong-version', 'no-core-set'])(
    'that is %s: the deadline passes, Linux and MCU go back by themselves',
    async (behaviour) => {
      const bad = makeFirmware({ ...NEW_FIRMWARE, behaviour, seed: 3 });
      const configuration = configurationTemplate({ confirmDeadlineS: 10 });
      await begin(
        await workshop.build({ version: '1.1.0', sequence: 2, mcuFirmware: bad, tree: { configuration } }),
        { secondMs: 10 },
      );
      await kitchen.board.waitForLine(/mcu-activated/);
      await expectOld();
      expectOrder(/mcu-activated/, /trial-failed/, /\[3\] boot: slot a runs 1\.0\.0/, /rolled-back/);
    },
  );

  it('but whose image carries another one: the trial fails, the MCU is never touched', async () => {
    const { bytes } = makeFirmware({ ...NEW_FIRMWARE, seed: 4 });
    await begin(
      await workshop.build({
        version: '1.1.0',
        sequence: 2,
        mcuFirmware: NEW_FIRMWARE,
        tree: { mcuFirmware: bytes },
      }),
    );
    const failed = await kitchen.board.waitForLine(/trial-failed: /);
    expect(failed.line).toContain('cannot be used: its digest is');
    await expectOld();
    expect(kitchen.simulator.mcu.resets).toBe(0);
  });

  it('to a device whose image carries none is refused: there is no way back for the MCU', async () => {
    await begin(good, {}, await workshop.factory());
    await kitchen.board.waitForLine(/walk-ended: MCU_NO_WAY_BACK/);
    expect(kitchen.simulator.mcu.resets).toBe(0);
  });
});

describe('in the middle of it', () => {
  it('the agent is killed during the transfer: it goes on where the MCU is', async () => {
    await begin(good, SLOW_FLASH);
    const { board } = kitchen;
    const half = await board.waitForLine(HALF_WAY);
    const reached = Number(HALF_WAY.exec(half.line)?.[1]) * 10;
    expect(await board.killAgent()).toBe(true);
    const killed = board.lines.at(-1)?.index ?? 0;
    await expectNew();
    const [first = 0, ...others] = tenthsAfter(killed);
    expect(first).toBeGreaterThanOrEqual(reached);
    expect(others.at(-1)).toBe(100);
  });

  it('the board loses its power during the transfer, the MCU too: it goes on at the last whole page', async () => {
    await begin(good, SLOW_FLASH);
    const { board, simulator } = kitchen;
    const half = await board.waitForLine(HALF_WAY);
    const reached = Number(HALF_WAY.exec(half.line)?.[1]) * 10;
    await board.powerCut();
    simulator.mcu.powerCut();
    const cut = board.lines.at(-1)?.index ?? 0;
    await board.powerOn();
    await expectNew();
    // A page of 2 KiB is an eighth of it.
    expect(tenthsAfter(cut)[0]).toBeGreaterThanOrEqual(reached - 20);
  });

  it('the port is unplugged during the transfer and comes back', async () => {
    await begin(good, SLOW_FLASH);
    const { board } = kitchen;
    const half = await board.waitForLine(HALF_WAY);
    const reached = Number(HALF_WAY.exec(half.line)?.[1]) * 10;
    await kitchen.unplugMcu();
    const away = await board.waitForLine(/mcu-attempt-failed/, { after: half });
    await board.waitForLine(/phase confirming .*serial port/, { after: away });
    await kitchen.plugInMcu();
    await expectNew();
    expect(tenthsAfter(away.index)[0]).toBeGreaterThanOrEqual(reached);
  });

  it('the board alone loses its power while the MCU is on trial: the trial ends well', async () => {
    await begin(good, SLOW_START);
    const { board, simulator } = kitchen;
    await board.waitForLine(/mcu-activated/);
    await board.powerCut();
    expect(simulator.mcu).toMatchObject({ firmwareVersion: '2.5.0', onTrial: true });
    await board.powerOn();
    await expectNew();
    expect(simulator.mcu.resets, 'not brought a second time').toBe(1);
  });

  it('both lose their power while the MCU is on trial: the MCU fell back, and is brought again', async () => {
    await begin(good, SLOW_START);
    const { board, simulator } = kitchen;
    await board.waitForLine(/mcu-activated/);
    await board.powerCut();
    simulator.mcu.powerCut();
    expect(simulator.mcu).toMatchObject({ firmwareVersion: '2.4.0', onTrial: false });
    const cut = board.lines.at(-1);
    await board.powerOn();
    await board.waitForLine(/mcu-activated/, { after: cut });
    await expectNew();
  });

  it('the only try ends while the MCU is on trial: the old Linux brings it back before it calls that a rollback', async () => {
    const hasty = { configuration: configurationTemplate({ tries: 1 }) };
    const hastyFactory = await workshop.build({
      version: '1.0.0',
      sequence: 1,
      mcuFirmware: OLD_FIRMWARE,
      tree: hasty,
    });
    await begin(good, SLOW_START, hastyFactory);
    const { board, simulator } = kitchen;
    await board.waitForLine(/mcu-activated/);
    await board.powerCut();
    const cut = board.lines.at(-1);
    await board.powerOn();
    await board.waitForLine(/agent-started: .*1\.0\.0 in slot a/, { after: cut });
    expect(simulator.mcu.firmwareVersion).toBe('2.5.0');
    const back = await board.waitForLine(/mcu-belongs: .*2\.4\.0/, { after: cut });
    const rolledBack = await board.waitForLine(/rolled-back: /);
    expect(rolledBack.index).toBeGreaterThan(back.index);
    // One trial without a verdict is no failed release: it is tried again, and has the time now.
    await expectNew();
  });
});
