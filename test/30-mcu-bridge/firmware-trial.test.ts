/** What becomes of a firmware after its transfer: trial, accept, fall-back, the way back to the one before. */
import { describe, expect, it } from 'vitest';
import { CutCounter } from '../../fixtures/index.ts';
import { type FirmwareBehaviour, makeFirmware } from '../../fixtures/mcu/simulator.ts';
import { type Firmware, type McuLink, TRIAL_SECONDS, transferFirmware } from '../../mcu-bridge/index.ts';
import { letTimeFly, pass, soon } from './flying-time.ts';
import { WiredMcu, type WireOptions } from './wired-mcu.ts';

letTimeFly();

/** What a wired MCU left the factory with. */
const OLD = makeFirmware({ version: '2.4.0' });
const NEW = makeFirmware({ version: '2.5.0', size: 1000, seed: 5 });
const NEXT = makeFirmware({ version: '2.6.0', size: 900, seed: 6 });
/** Longer than a reset takes. */
const BOOTED_MS = 200;

const refusal = (reason: string) => ({ name: 'LinkError', code: 'MCU_REFUSED', facts: { reason } });
const running = async (link: McuLink) => (await soon(link.version())).firmware;

async function bring(link: McuLink, firmware: Firmware, restore = false): Promise<number> {
  return (await soon(transferFirmware(link, firmware, { baudRate: 115_200, restore }))).sentBytes;
}

/** A wired MCU that has `firmware` on trial. */
async function onTrial(firmware = NEW, options: WireOptions = {}) {
  const wire = new WiredMcu(options);
  const link = wire.connect();
  await bring(link, firmware);
  await soon(link.activateFirmware(firmware.digest));
  await pass(BOOTED_MS);
  return { wire, link };
}

describe('a firmware on trial', () => {
  it('runs, is accepted, and then the old one is discarded', async () => {
    const { wire, link } = await onTrial();
    expect(await soon(link.version())).toMatchObject({
      answering: 'application',
      firmware: '2.5.0',
      firmwareDigest: NEW.digest.slice(0, 16),
      keepsPrevious: true,
    });
    const trial = await soon(link.queryTransfer());
    expect(trial).toMatchObject({ state: 'on-trial', version: '2.5.0', previousKept: true });
    expect(trial.trialSecondsLeft).toBeGreaterThan(TRIAL_SECONDS - 2);
    await soon(link.acceptFirmware(NEW.digest));
    expect(await soon(link.queryTransfer())).toMatchObject({ state: 'none', previousKept: true, size: 0 });
    expect(wire.mcu.store.banks.map((bank) => bank?.version)).toEqual(['2.4.0', '2.5.0']);
    await soon(link.discardOldFirmware());
    expect(await soon(link.queryTransfer())).toMatchObject({ previousKept: false });
    wire.mcu.reset(performance.now());
    await pass(BOOTED_MS);
    expect(await running(link)).toBe('2.5.0');
  });

  it('falls back when it is not accepted in time', async () => {
    const { wire, link } = await onTrial();
    await pass((TRIAL_SECONDS - 2) * 1000);
    expect(await running(link)).toBe('2.5.0');
    await pass(3000);
    expect(await running(link)).toBe('2.4.0');
    await expect(soon(link.acceptFirmware(NEW.digest))).rejects.toMatchObject(refusal('notAllowed'));
    // For ever: no later reset brings it back by itself.
    wire.mcu.reset(performance.now());
    await pass(BOOTED_MS);
    expect(await running(link)).toBe('2.4.0');
  });

  it('falls back when it is reset, and by abort', async () => {
    for (const end of ['reset', 'power', 'abort'] as const) {
      const { wire, link } = await onTrial();
      if (end === 'reset') wire.mcu.reset(performance.now());
      if (end === 'power') {
        wire.mcu.powerOff();
        wire.mcu.powerOn(performance.now());
      }
      if (end === 'abort') await soon(link.abortTransfer());
      await pass(BOOTED_MS);
      expect(await running(link)).toBe('2.4.0');
      expect(await soon(link.queryTransfer())).toMatchObject({ state: 'none', previousKept: false });
      // The bytes are still there: the second trial needs none of them again.
      expect(await bring(link, NEW)).toBe(0);
      await soon(link.activateFirmware(NEW.digest));
      await pass(BOOTED_MS);
      expect(await running(link)).toBe('2.5.0');
    }
  });

  it.each<[FirmwareBehaviour, string]>([
    ['mute', 'MCU_SILENT'],
    ['no-core-set', 'MCU_REFUSED'],
  ])('%s: cannot be accepted, and falls back', async (behaviour, code) => {
    const bad = makeFirmware({ version: '2.5.0', size: 500, behaviour });
    const { link } = await onTrial(bad);
    await expect(soon(link.version())).rejects.toMatchObject({ code });
    await expect(soon(link.acceptFirmware(bad.digest))).rejects.toMatchObject({ code });
    await pass((TRIAL_SECONDS + 1) * 1000);
    expect(await running(link)).toBe('2.4.0');
  });

  it('one that says another version than it has', async () => {
    const { link } = await onTrial(makeFirmware({ version: '2.5.0', behaviour: 'wrong-version' }));
    expect(await running(link)).toBe('2.5.1');
  });

  it('a lost answer to activate, accept, discard-old: the repeat finds it done', async () => {
    const wire = new WiredMcu();
    const link = wire.connect();
    await bring(link, NEW);
    wire.toBoard.faultNext('drop');
    await soon(link.activateFirmware(NEW.digest));
    const { resets } = wire.mcu;
    wire.toBoard.faultNext('drop');
    await soon(link.acceptFirmware(NEW.digest));
    wire.toBoard.faultNext('drop');
    await soon(link.discardOldFirmware());
    expect(await running(link)).toBe('2.5.0');
    expect(wire.mcu.resets).toBe(resets);
    expect(resets).toBe(1);
  });

  it('only what was verified since the last reset is started', async () => {
    const wire = new WiredMcu();
    const link = wire.connect();
    await bring(link, NEW);
    wire.mcu.reset(performance.now());
    await pass(BOOTED_MS);
    await expect(soon(link.activateFirmware(NEW.digest))).rejects.toMatchObject(refusal('notVerified'));
    await expect(soon(link.activateFirmware(NEXT.digest))).rejects.toMatchObject(refusal('noTransfer'));
    expect(await bring(link, NEW)).toBe(0);
    await soon(link.activateFirmware(NEW.digest));
  });

  it('nothing else goes on during a trial', async () => {
    const { link } = await onTrial();
    await expect(bring(link, NEXT)).rejects.toMatchObject(refusal('onTrial'));
    await expect(soon(link.discardOldFirmware())).rejects.toMatchObject(refusal('onTrial'));
    await expect(soon(link.activateFirmware(NEXT.digest))).rejects.toMatchObject(refusal('onTrial'));
  });

  it('is never started while it cooks', async () => {
    const wire = new WiredMcu();
    const link = wire.connect();
    await bring(link, NEW);
    wire.mcu.cooker.setMode('cooking', performance.now());
    await expect(soon(link.activateFirmware(NEW.digest))).rejects.toMatchObject(refusal('notAllowed'));
    expect(wire.mcu.resets).toBe(0);
  });
});

describe('the firmware before', () => {
  it('is brought back without a byte on the line, and the newer one is kept then', async () => {
    const { wire, link } = await onTrial();
    await soon(link.acceptFirmware(NEW.digest));
    await expect(bring(link, OLD)).rejects.toMatchObject(refusal('backwards'));
    expect(await bring(link, OLD, true)).toBe(0);
    await soon(link.activateFirmware(OLD.digest));
    await pass(BOOTED_MS);
    await soon(link.acceptFirmware(OLD.digest));
    expect(await running(link)).toBe('2.4.0');
    expect(wire.mcu.store.banks.map((bank) => bank?.version)).toEqual(['2.4.0', '2.5.0']);
  });

  it('is not overwritten before it is discarded', async () => {
    const { link } = await onTrial();
    await soon(link.acceptFirmware(NEW.digest));
    await expect(bring(link, NEXT)).rejects.toMatchObject(refusal('previousKept'));
    await soon(link.discardOldFirmware());
    expect(await bring(link, NEXT)).toBe(NEXT.size);
  });

  it('survives a way back that was begun and aborted', async () => {
    const { wire, link } = await onTrial();
    await soon(link.acceptFirmware(NEW.digest));
    await bring(link, OLD, true);
    await soon(link.abortTransfer());
    expect(wire.mcu.store.banks.map((bank) => bank?.version)).toEqual(['2.4.0', '2.5.0']);
  });

  it('can be sent when its bank has rotted, and the one that runs is not touched', async () => {
    const before = await onTrial();
    await soon(before.link.acceptFirmware(NEW.digest));
    const cells = before.wire.mcu.flashImage;
    const bank0 = 2 * 256;
    cells[bank0 + 50] = (cells[bank0 + 50] ?? 0) ^ 1;
    const link = new WiredMcu({ mcu: { cells } }).connect();
    expect(await running(link)).toBe('2.5.0');
    expect(await bring(link, OLD, true)).toBe(OLD.size);
    await soon(link.activateFirmware(OLD.digest));
    await pass(BOOTED_MS);
    expect(await running(link)).toBe('2.4.0');
  });
});

describe('the MCU is cut at every change of its flash', () => {
  /** The whole life of an update; every step may be asked again. */
  async function update(link: McuLink): Promise<void> {
    for (let attempt = 0; attempt < 5; attempt++) {
      const version = await soon(link.version());
      if (version.firmwareDigest !== NEW.digest.slice(0, 16)) {
        await bring(link, NEW);
        await soon(link.activateFirmware(NEW.digest));
        await pass(BOOTED_MS);
      }
      const accepted = await soon(
        link.acceptFirmware(NEW.digest).then(
          () => true,
          () => false,
        ),
      );
      if (accepted) break;
    }
    await soon(link.discardOldFirmware());
  }

  it('a repeated update ends on the new firmware, and something runs at every instant', async () => {
    let change = 0;
    for (let cut = true; cut; ) {
      change += 1;
      const wire = new WiredMcu();
      const link = wire.connect();
      wire.mcu.resetAtFlashChange(change);
      wire.beforeFrame = () => expect(wire.mcu.store.running).toBeDefined();
      await update(link).catch((error: unknown) => {
        // A reset in the middle of a step loses the step's answer; asking again is the cure.
        expect(error).toMatchObject({ name: 'LinkError' });
        return pass(BOOTED_MS).then(() => update(link));
      });
      expect(wire.mcu.store.running?.version).toBe('2.5.0');
      expect(wire.mcu.store.running?.onTrial).toBe(false);
      // One reset is activate's own.
      cut = wire.mcu.resets > 1;
    }
    // Begin 2, data 12, activate 2, start of the trial 2, accept 2, discard-old 2.
    expect(change - 1).toBe(22);
  });
});

describe('power that is shared with the board', () => {
  it('is cut at every durable change: the MCU stays dark until it is back, then starts one of the two', async () => {
    const seen = new Set<string | undefined>();
    for (let at = 1; at <= 22; at++) {
      const counter = new CutCounter(at);
      const wire = new WiredMcu();
      wire.mcu.power = counter.line();
      const link = wire.connect({ timeoutMs: 50 });
      const walk = async (): Promise<void> => {
        await bring(link, NEW);
        await soon(link.activateFirmware(NEW.digest));
        await pass(BOOTED_MS);
        await soon(link.acceptFirmware(NEW.digest));
        await soon(link.discardOldFirmware());
      };
      await expect(walk()).rejects.toMatchObject({ code: 'MCU_SILENT' });
      expect(wire.mcu.isOff).toBe(true);
      expect(counter.count).toBe(at);
      counter.restore();
      wire.mcu.powerOn(performance.now(), counter.line());
      await pass(BOOTED_MS);
      seen.add(await running(link));
    }
    expect([...seen].sort()).toEqual(['2.4.0', '2.5.0']);
  });
});

describe('a single bank', () => {
  const SINGLE: WireOptions = { mcu: { banks: 1 } };

  it('its boot loader takes the firmware, which is accepted like every other', async () => {
    const wire = new WiredMcu(SINGLE);
    const link = wire.connect();
    expect(await soon(link.version())).toMatchObject({ keepsPrevious: false });
    expect(await bring(link, NEW)).toBe(NEW.size);
    expect(await soon(link.status())).toMatchObject({ modeName: 'boot-loader', class: 'free' });
    expect(await soon(link.version())).toMatchObject({ answering: 'boot-loader', firmware: undefined });
    await soon(link.activateFirmware(NEW.digest));
    await pass(BOOTED_MS);
    expect(await soon(link.status())).toMatchObject({ modeName: 'idle' });
    await soon(link.acceptFirmware(NEW.digest));
    wire.mcu.reset(performance.now());
    await pass(BOOTED_MS);
    expect(await running(link)).toBe('2.5.0');
  });

  it('has nothing to fall back to: the boot loader waits for the next transfer', async () => {
    const { wire, link } = await onTrial(NEW, SINGLE);
    wire.mcu.reset(performance.now());
    await pass(BOOTED_MS);
    expect(await soon(link.version())).toMatchObject({ answering: 'boot-loader', firmware: undefined });
    expect(await soon(link.mayFlash())).toMatchObject({ allowed: true });
    // Nothing runs, so nothing is backwards.
    expect(await bring(link, makeFirmware({ version: '1.0.0', size: 300 }))).toBe(300);
  });

  it('power goes in the middle: the boot loader goes on where it was', async () => {
    for (let change = 3; change <= 14; change++) {
      const wire = new WiredMcu(SINGLE);
      const link = wire.connect();
      wire.mcu.resetAtFlashChange(change);
      await bring(link, NEW);
      await soon(link.activateFirmware(NEW.digest));
      await pass(BOOTED_MS);
      expect(await running(link)).toBe('2.5.0');
    }
  });
});

describe('a boot loader that is stuck', () => {
  it('answers the core set, takes a firmware and starts none', async () => {
    const wire = new WiredMcu();
    const link = wire.connect();
    wire.mcu.stuckInBootLoader = true;
    await bring(link, NEW);
    await soon(link.activateFirmware(NEW.digest));
    await pass(BOOTED_MS);
    expect(await soon(link.status())).toMatchObject({ modeName: 'boot-loader', class: 'free' });
    await expect(soon(link.acceptFirmware(NEW.digest))).rejects.toMatchObject(refusal('notAllowed'));
    wire.mcu.stuckInBootLoader = false;
    wire.mcu.reset(performance.now());
    await pass(BOOTED_MS);
    expect(await running(link)).toBe('2.5.0');
  });
});
