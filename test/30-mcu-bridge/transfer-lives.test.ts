/** Everything at once, by seed: a bad line, resets between and inside flash changes, a host that is killed. */
import { describe, expect, it } from 'vitest';
import { makeFirmware, type Random, seeded } from '../../fixtures/index.ts';
import { transferFirmware } from '../../mcu-bridge/index.ts';
import { letTimeFly, soon } from './flying-time.ts';
import { WiredMcu } from './wired-mcu.ts';

letTimeFly();

const LIVES = 200;
/** Chance of each kind of damage to a frame: up to one frame in four meets one of the six. */
const WORST_LINE = 0.05;
const MOST_STARTS = 12;

function badMcu(seed: number, random: Random): { wire: WiredMcu; numbered: boolean } {
  const chance = (): number => random.next() * WORST_LINE;
  const numbered = random.below(5) > 0;
  const wire = new WiredMcu({
    seed,
    faults: {
      drop: chance(),
      double: chance(),
      flip: chance(),
      garbage: chance(),
      lose: chance(),
      insert: chance(),
    },
    mcu: {
      numbered,
      banks: random.below(4) === 0 ? 1 : 2,
      window: 1 + random.below(8),
      mostBytes: 20 + random.below(215),
    },
    delayMs: random.below(30),
  });
  wire.beforeFrame = () => {
    if (random.below(60) > 0) return;
    if (random.below(2) === 0) wire.mcu.reset(performance.now());
    else wire.mcu.resetAtFlashChange(1 + random.below(6));
  };
  return { wire, numbered };
}

describe('a transfer through a bad life', () => {
  it.each(Array.from({ length: LIVES }, (_, seed) => seed + 1))('seed %i', async (seed) => {
    const random = seeded(seed);
    const firmware = makeFirmware({ version: '2.5.0', size: 12 + random.below(3500), seed });
    const { wire, numbered } = badMcu(seed, random);
    const killed = new Error('killed');
    let starts = 0;
    for (let done = false; !done; starts++) {
      expect(starts).toBeLessThan(MOST_STARTS);
      const link = wire.connect({ numbered, firstNumber: random.below(256) });
      const life = new AbortController();
      const timer =
        random.below(3) === 0 ? setTimeout(() => life.abort(killed), random.below(2000)) : undefined;
      const ended = await soon(
        transferFirmware(link, firmware, { baudRate: 115_200, signal: life.signal }).then(
          () => true,
          (error: unknown) => error,
        ),
      );
      clearTimeout(timer);
      if (ended === true) done = true;
      else if (ended !== killed) expect(ended).toMatchObject({ name: 'LinkError', code: 'MCU_SILENT' });
      await link.close();
    }
    wire.heal();
    wire.beforeFrame = () => undefined;
    // A reset that was ordered and has not come yet is called off.
    wire.mcu.power = undefined;
    const link = wire.connect({ numbered });
    const report = await soon(transferFirmware(link, firmware, { baudRate: 115_200 }));
    await soon(link.activateFirmware(firmware.digest));
    await soon(link.ping());
    expect(report.sentBytes).toBeLessThanOrEqual(256);
    expect(wire.mcu.store.running).toMatchObject({ digest: firmware.digest, onTrial: true });
  });
});
